// SPDX-License-Identifier: MIT
//
// node synth.cjs MODULES FILE.ts: prints the policy document that the CDK makes of the code, with intrinsic functions as the
// text that Fn::Sub would have.
const fs = require('fs')
const path = require('path')
const { createRequire } = require('module')
const [modules, file] = process.argv.slice(2)
const theirs = createRequire(path.resolve(modules) + '/')
const ts = theirs('typescript')
const cdk = theirs('aws-cdk-lib')
const { outputText } = ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions: { module: ts.ModuleKind.CommonJS } })
const made = {}
new Function('exports', 'require', outputText)(made, theirs)
const stack = new cdk.Stack(new cdk.App({ analyticsReporting: false }), 'S')
for (const name of Object.keys(made)) made[name](stack, name)
const { Resources } = theirs('aws-cdk-lib/assertions').Template.fromStack(stack).toJSON()
const plain = (v) => {
  if (Array.isArray(v)) return v.map(plain)
  if (!v || typeof v !== 'object') return v
  if (v.Ref) return '${' + v.Ref + '}'
  if (v['Fn::Join']) return v['Fn::Join'][1].map(plain).join(v['Fn::Join'][0])
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)]))
}
const [policy] = Object.values(Resources)
console.log(JSON.stringify(plain(policy.Properties.PolicyDocument)))
