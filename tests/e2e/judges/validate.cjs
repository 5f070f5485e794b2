// SPDX-License-Identifier: MIT
//
// node validate.cjs MODULES SCHEMA FILE [lines]: FILE, or each line of it, is valid by SCHEMA.
const fs = require('fs')
const { createRequire } = require('module')
const [modules, schema, file, lines] = process.argv.slice(2)
const theirs = createRequire(require('path').resolve(modules) + '/')
const Ajv = theirs('ajv')
const ajv = new Ajv({ allErrors: true, schemaId: 'auto', unknownFormats: 'ignore' })
ajv.addMetaSchema(theirs('ajv/lib/refs/json-schema-draft-04.json'))
const valid = ajv.compile(JSON.parse(fs.readFileSync(schema, 'utf8')))
const text = fs.readFileSync(file, 'utf8')
const parts = lines ? text.split('\n').filter((l) => l) : [text]
let bad = parts.length ? 0 : 1
for (const part of parts) {
  if (valid(JSON.parse(part))) continue
  bad++
  console.log(part.slice(0, 300))
  console.log(ajv.errorsText(valid.errors))
}
process.exit(bad ? 1 : 0)
