// SPDX-License-Identifier: MIT
//
// Random call logs through `leastpriv policy`, judged by an IAM evaluator that nobody here wrote:
// every recorded call is allowed, 2,000 neighbours (other bucket, key, table, queue, action, account,
// region) are denied, and without any one action or resource of a statement some call is refused. Also that
// neither order nor splitting and merging changes a byte, and that more evidence never takes a permission away,
// nor does generalising.
//
//     node policy_simulate.mjs NODE_MODULES LEASTPRIV
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, leastpriv] = process.argv.slice(2).map((p) => resolve(p))
const pkg = JSON.parse(readFileSync(join(modules, '@cloud-copilot/iam-simulate/package.json')))
const entry = pkg.exports?.['.']?.import?.default ?? pkg.exports?.['.']?.import ?? pkg.module ?? pkg.main
const { runSimulation } = await import(pathToFileURL(join(modules, '@cloud-copilot/iam-simulate', entry)))

const ACCOUNT = '123456789012'
const REGION = 'eu-west-1'
const NEIGHBOURS = 2000
const MINIMAL_ROUNDS = 6

let seed = 20261124
const rnd = (n) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >> 8) % n
}
const pick = (list) => list[rnd(list.length)]

const KEYS = ['a', 'b', 'a/b', 'a/b/c', 'x*y', 'who?', '$HOME', '${aws:username}', 'sp ace', 'é', 'k1', 'k2']
const KINDS = [
  { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:PutObjectTagging'],
    resource: () => `arn:aws:s3:::bucket-${rnd(3)}/${pick(KEYS)}` },
  { actions: ['s3:ListBucket', 's3:GetBucketLocation'], resource: () => `arn:aws:s3:::bucket-${rnd(3)}` },
  { actions: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'],
    resource: () => `arn:aws:sqs:${REGION}:${ACCOUNT}:queue-${rnd(4)}` },
  { actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    resource: () => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/table-${rnd(4)}` },
  { actions: ['lambda:InvokeFunction'], resource: () => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f-${rnd(4)}` }
]

const escape = (arn) => arn.replace(/[*?$]/g, (c) => '${' + c + '}')
const key = (x) => `${x.action} ${x.resource}`

function randomCall() {
  const kind = pick(KINDS)
  return { kind, action: pick(kind.actions), resource: kind.resource() }
}

function line(call, i) {
  return JSON.stringify({
    v: 1, time: `2026-01-01T00:00:${String(i % 60).padStart(2, '0')}Z`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    service: 'X', operation: call.action.split(':')[1],
    actions: [{ action: call.action, resources: [escape(call.resource)] }], status: 200, source: 'shim'
  })
}

function neighbour(call) {
  const arn = call.resource.split(':')
  const other = (i, v) => ({ ...call, resource: [...arn.slice(0, i), v, ...arn.slice(i + 1)].join(':') })
  switch (rnd(6)) {
    case 0: return { ...call, action: pick(call.kind.actions) }
    case 1: return { ...call, resource: call.kind.resource() }
    case 2: return { ...call, resource: call.resource + 'x' }
    case 3: return arn[3] ? other(3, 'us-east-1') : { ...call, resource: call.resource.replace('bucket-', 'bucket-x') }
    case 4: return arn[4] ? other(4, '210987654321') : { ...call, resource: call.kind.resource() }
    default: return { ...call, resource: call.resource.replace('*', 'zz').replace('?', 'z').replace('$', 'z') }
  }
}

async function allowed(policy, call) {
  const run = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/judge`, action: call.action,
        resource: { resource: call.resource, accountId: ACCOUNT }, contextVariables: {}
      },
      identityPolicies: [{ name: 'policy', policy }],
      serviceControlPolicies: [{ orgIdentifier: 'o', policies: [{ name: 'all', policy: {
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }] }],
      resourceControlPolicies: []
    },
    {}
  )
  if (run.resultType === 'error') throw new Error(`${key(call)}: ${JSON.stringify(run.errors)}`)
  return run.overallResult === 'Allowed'
}

// Each way to leave one action or resource out of a policy, with what was left out.
function* shortened(policy) {
  for (let i = 0; i < policy.Statement.length; i++) {
    for (const list of ['Action', 'Resource']) {
      for (const item of policy.Statement[i][list]) {
        const copy = structuredClone(policy)
        copy.Statement[i][list] = copy.Statement[i][list].filter((x) => x !== item)
        if (!copy.Statement[i][list].length) copy.Statement.splice(i, 1)
        yield [item, copy]
      }
    }
  }
}

// True when some recorded call that the item has to do with is refused.
async function someRefused(policy, item, log) {
  for (const call of log) {
    if (item !== call.action && item !== escape(call.resource)) continue
    if (!policy.Statement.length || !(await allowed(policy, call))) return true
  }
  return false
}

const pairs = (policy) => new Set(policy.Statement.flatMap((s) => s.Action.flatMap((a) => s.Resource.map((r) => a + ' ' + r))))

let n = 0
let failed = 0
function result(ok, name, notes = []) {
  n++
  if (!ok) failed++
  console.log(`${ok ? 'ok' : 'not ok'} ${n} - ${name}`)
  if (!ok) for (const note of notes.slice(0, 20)) console.log(`# ${note}`)
}

const dir = mkdtempSync(join(tmpdir(), 'policy-simulate-'))
const run = (...args) => execFileSync(leastpriv, args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
try {
  const refused = []
  const granted = []
  const changed = []
  const superfluous = []
  const lost = []
  let left = 0
  let calls = 0
  let asked = 0
  for (let round = 0; asked < NEIGHBOURS; round++) {
    const log = Array.from({ length: 5 + rnd(60) }, randomCall)
    const lines = log.map(line)
    writeFileSync(join(dir, 'log'), lines.join('\n') + '\n')
    const text = run('policy', '--limit', 'none', 'log')
    const policy = JSON.parse(text)
    for (const call of log) {
      calls++
      if (!(await allowed(policy, call))) refused.push(`round ${round}: ${key(call)}`)
    }
    for (const [item, shorter] of round < MINIMAL_ROUNDS ? shortened(policy) : []) {
      left++
      if (!(await someRefused(shorter, item, log))) superfluous.push(`round ${round}: ${item}`)
    }
    writeFileSync(join(dir, 'part'), lines.slice(0, lines.length / 2).join('\n') + '\n')
    const all = pairs(policy)
    for (const pair of pairs(JSON.parse(run('policy', '--limit', 'none', 'part'))))
      if (!all.has(pair)) lost.push(`round ${round}: ${pair}`)
    if (round < MINIMAL_ROUNDS) {
      const wide = JSON.parse(run('policy', '--limit', 'none', '--generalize', 'prefix,account-wide', '--threshold', '2', 'log'))
      for (const call of log) {
        // However wide: no other bucket, no other account, no index where only tables were seen.
        const far = [call.resource.replace('bucket-', 'bucket-x'), call.resource.replace(ACCOUNT, '210987654321'),
          call.resource.replace(/(:table\/.*)/, '$1/index/i')]
        for (const resource of far) {
          if (resource === call.resource || (resource.includes('/index/') && call.action !== 'dynamodb:Query')) continue
          if (await allowed(wide, { ...call, resource })) granted.push(`round ${round}, generalised: ${call.action} ${resource}`)
        }
      }
      for (const call of log) if (!(await allowed(wide, call))) lost.push(`round ${round}, generalised: ${key(call)}`)
    }
    const wanted = new Set(log.map(key))
    for (let i = 0; i < 100; i++) {
      const other = neighbour(pick(log))
      if (wanted.has(key(other))) continue
      asked++
      if (await allowed(policy, other)) granted.push(`round ${round}: ${key(other)}`)
    }
    const shuffled = lines.map((l) => [rnd(1 << 20), l]).sort((a, b) => a[0] - b[0]).map((x) => x[1])
    const at = rnd(shuffled.length)
    writeFileSync(join(dir, 'a'), shuffled.slice(0, at).join('\n') + '\n')
    writeFileSync(join(dir, 'b'), shuffled.slice(at).join('\n'))
    run('merge', '-o', 'ab', 'a', 'b')
    run('merge', '-o', 'ba', 'b', 'a')
    if (readFileSync(join(dir, 'ab'), 'utf8') !== readFileSync(join(dir, 'ba'), 'utf8') ||
        run('policy', '--limit', 'none', 'ab') !== text || run('policy', '--limit', 'none', 'b', 'a', 'b') !== text)
      changed.push(`round ${round}`)
  }
  result(!refused.length, `${calls} recorded calls are allowed`, refused)
  result(!granted.length, `${asked} neighbours are denied`, granted)
  result(!superfluous.length, `without any one of ${left} actions and resources some call is refused`, superfluous)
  result(!lost.length, 'more evidence and generalising take nothing away', lost)
  result(!changed.length, 'order, splitting and merging change nothing', changed)
} finally {
  rmSync(dir, { recursive: true })
}
console.log(`1..${n}`)
process.exitCode = failed ? 1 : 0
