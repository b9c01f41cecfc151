import { execFile } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import {
  type CallbackMode,
  type CallbackPolicy,
  checkCallback,
  parseCallbackRewrite,
  parseCallbackRule
} from '../src/domain/callbacks/policy.js'
import { createConnectionPool, POOL_LIMITS } from '../src/outbound/connection-pool.js'
import { namesRuntime } from '../src/outbound/container.js'
import { createSendWebhook, type SendWebhookOptions } from '../src/outbound/send-webhook.js'
import type { Failure, FailureReason, WebhookRequest, WebhookResponse } from '../src/schema/calls/delivery.js'
import { MADE_ROOM, type Outcome } from '../src/service/deliveries/outcome.js'
import { until } from './support/program.js'
import { type Behaviour, freePort, fullPort, OK, portOf, receive, receiveTls } from './support/receivers.js'

const LAST = OK.replace('\r\n', '\r\nConnection: close\r\n')
const MODES = ['private', 'loopback', 'any', 'none', 'list'] as const

t.test('the callback policy decides by the kind of an address', async t => {
  const special: CallbackMode[] = []
  const open: CallbackMode[] = ['any']
  const inside: CallbackMode[] = ['private', 'any']
  const here: CallbackMode[] = ['private', 'loopback', 'any']
  for (const [allowing, addresses] of [
    [here, '127.0.0.1 127.0.0.0 127.255.255.255 127.1.2.3 ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 0:0:0:0:0:0:0:1'],
    [inside, '10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255'],
    [inside, 'fc00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fd00::1 ::ffff:10.0.0.1 ::FFFF:192.168.1.1 fd20:ce::253'],
    [open, '9.255.255.255 11.0.0.0 126.255.255.255 128.0.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0'],
    [open, '1.0.0.0 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.0 169.253.255.255 169.255.0.0 192.0.1.0 192.0.3.0'],
    [open, '192.88.98.255 192.88.100.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0'],
    [open, '223.255.255.255 168.63.129.15 168.63.129.17 ::ffff:8.8.8.8 2000:: 2001:200:: 2001:db7:ffff:: 2001:db9::'],
    [open, '2001:4860:4860::8888 2003:: 2606:2800:220:1::1 3ffe:ffff:: 3fff:1000:: 2a00::1'],
    [special, '169.254.0.0 169.254.169.254 169.254.170.2 169.254.255.255 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe'],
    [
      special,
      '100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fe80:: fe80::1 febf::1'
    ],
    [special, '224.0.0.0 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255 ff00:: ff02::1 ffff::'],
    [special, '0.0.0.0 0.0.0.1 0.255.255.255 100.64.0.0 100.127.255.255 192.0.0.0 192.0.0.255 192.0.2.0 192.0.2.255'],
    [special, '192.88.99.0 192.88.99.255 198.18.0.0 198.19.255.255 198.51.100.0 203.0.113.255 ::ffff:0.0.0.0'],
    [special, ':: ::2 ::8.8.8.8 ::127.0.0.1 ::fffe:127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::a00:1'],
    [special, '100:: 100::1 100:0:0:1:: 1fff:: 2001:: 2001:0:1::1 2001:1ff:: 2001:db8:: 2001:db8:ffff:: 2002::'],
    [special, '2002:7f00:1:: 2002:a00:1:: 3fff:: 3fff:fff:: 4000:: 5f00::1 8000:: fbff:: fe00:: fec0:: feff::']
  ] as const) {
    for (const address of addresses.split(' ')) {
      for (const mode of MODES) {
        const isAllowed = judge(mode, address) === undefined
        t.equal(isAllowed, allowing.includes(mode), `${address} under ${mode}`)
      }
    }
  }
})

t.test('allow rules extend the callback policy, and deny rules override everything', async t => {
  const yes = undefined
  const no = 'blocked_by_policy'
  for (const [mode, address, allow, deny, expected] of [
    ['private', '8.8.8.8', '8.8.8.8', '', yes],
    ['private', '8.8.8.8', '8.8.8.0/24', '', yes],
    ['private', '8.8.9.8', '8.8.8.0/24', '', no],
    ['private', '8.8.8.8', '8.8.8.9/24', '', yes], // bits behind the prefix are ignored
    ['private', '8.8.8.8', '0.0.0.0/0', '', yes],
    ['private', '8.8.8.8', '::/0', '', no],
    ['private', '8.8.8.8', '::ffff:0:0/96', '', yes],
    ['private', '8.8.8.8', '::ffff:8.8.8.8', '', yes],
    ['private', '::ffff:8.8.8.8', '8.8.8.8', '', yes],
    ['private', '2a00::1', '::/0', '', yes],
    ['private', '2a00::1', '[2a00::1]', '', yes],
    ['private', '2a00::1', '0.0.0.0/0', '', no],
    ['loopback', '10.0.0.1', '10.0.0.0/8', '', yes],
    ['list', '127.0.0.1', '', '', no],
    ['list', '127.0.0.1', '127.0.0.1', '', yes],
    ['list', '127.0.0.1', '127.0.0.2,127.0.0.0/8', '', yes],
    ['none', '127.0.0.1', '127.0.0.1', '', no],
    ['private', '127.0.0.1', '', '127.0.0.1', no],
    ['private', '127.0.0.1', '127.0.0.1', '127.0.0.0/8', no],
    ['any', '8.8.8.8', '', '8.8.0.0/16', no],
    ['any', '8.9.8.8', '', '8.8.0.0/16', yes],
    ['any', '::ffff:8.8.8.8', '', '8.8.0.0/16', no],
    ['any', '8.8.8.8', '', '*', no],
    ['any', '2a00::1', '', '*', no],
    // A special range is allowed only by a rule for the range itself or a part of it.
    ['any', '169.254.169.254', '0.0.0.0/0', '', no],
    ['any', '169.254.169.254', '169.0.0.0/8', '', no],
    ['any', '169.254.169.254', '169.254.0.0/15', '', no],
    ['any', '169.254.169.254', '169.254.0.0/16', '', yes],
    ['list', '169.254.169.254', '169.254.169.0/24', '', yes],
    ['private', '169.254.169.254', '169.254.169.254', '', yes],
    ['private', '169.254.169.254', '169.254.169.253', '', no],
    ['private', '169.254.169.254', '169.254.169.254', '169.254.0.0/16', no],
    ['none', '169.254.169.254', '169.254.169.254', '', no],
    ['any', '169.254.169.254', '*', '', no],
    ['any', '::ffff:169.254.169.254', '169.254.0.0/16', '', yes],
    ['any', '100.64.0.1', '100.64.0.0/10', '', yes],
    ['any', '100.100.100.200', '100.64.0.0/10', '', no],
    ['any', '100.100.100.200', '100.100.100.200/32', '', yes],
    ['any', '198.51.100.7', '198.51.100.0/24', '', yes],
    ['any', '255.255.255.255', '240.0.0.0/4', '', no],
    ['any', '255.255.255.255', '255.255.255.255', '', yes],
    ['any', '224.0.0.1', '224.0.0.0/4', '', yes],
    ['any', '2001:db8::1', '2001:db8::/32', '', yes],
    ['any', '2001:db8::1', '2001::/16', '', no],
    ['any', '2001:db8::1', '::/0', '', no],
    ['any', 'fd00:ec2::254', 'fc00::/7', '', no],
    ['any', 'fd00:ec2::254', 'fd00:ec2::254', '', yes],
    ['any', '64:ff9b::a00:1', '64:ff9b::/96', '', yes],
    ['any', '2002:a00:1::', '10.0.0.0/8', '', no]
  ] as const) {
    const rules = { allow: rulesOf(allow), deny: rulesOf(deny) }
    const why = `${address} under ${mode}, allowed ${allow || 'nothing'}, denied ${deny || 'nothing'}`
    t.equal(checkCallback({ mode, ...rules }, target(address))?.reason, expected, why)
  }
})

t.test('a host pattern allows a name with any address that is not special, or denies it before the lookup', async t => {
  for (const [host, allow, deny, addresses, isAllowed] of [
    ['app.example.com', '*.example.com', '', '8.8.8.8', true],
    ['a.b.example.com', '*.example.com', '', '8.8.8.8', true],
    ['example.com', '*.example.com', '', '8.8.8.8', false],
    ['evilexample.com', '*.example.com', '', '8.8.8.8', false],
    ['app.example.com.evil.org', '*.example.com', '', '8.8.8.8', false],
    ['app.example.com', 'APP.Example.com.', '', '8.8.8.8', true],
    ['app1', 'app?', '', '8.8.8.8', true],
    ['app', 'app?', '', '8.8.8.8', false],
    ['app12', 'app?', '', '8.8.8.8', false],
    ['aXbXc', 'a*b*c', '', '8.8.8.8', true],
    ['aXbXd', 'a*b*c', '', '8.8.8.8', false],
    [`${'a'.repeat(250)}b`, `${'a*'.repeat(60)}c`, '', '8.8.8.8', false],
    ['app.test', '*', '', '169.254.169.254', false],
    ['app.test', '*', '', '8.8.8.8,169.254.169.254', false],
    ['app.test', '*', '', '8.8.8.8,2a00::1', true],
    ['app.test', '', '', '10.0.0.1,8.8.8.8', false],
    ['app.test', '', '', '8.8.8.8,10.0.0.1', false],
    ['app.test', '', '', '10.0.0.1,::1', true],
    ['app.test', '', '', '10.0.0.1,fe80::1%eth0', false],
    ['app.test', '', '', '10.0.0.1,nonsense', false],
    ['app.test', '', '*.test', '10.0.0.1', false],
    ['app.test', '', '*.test', '', false],
    ['app.test', 'app.test', 'app.test', '10.0.0.1', false],
    ['app.test', '', 'app', '10.0.0.1', true]
  ] as const) {
    const policy: CallbackPolicy = { mode: 'private', allow: rulesOf(allow), deny: rulesOf(deny) }
    const judged = checkCallback(policy, { host, port: 80, addresses: addresses.split(',').filter(Boolean) })
    t.equal(judged === undefined, isAllowed, `${host.slice(0, 40)} at ${addresses}, allowed ${allow}, denied ${deny}`)
  }
})

t.test('a refusal names the address, its kind, and the flag that allows it', async t => {
  const policy = { mode: 'private', allow: [], deny: rulesOf('10.9.0.0/16') } as const
  t.strictSame(checkCallback({ ...policy, allow: [] }, target('93.184.216.34')), {
    reason: 'blocked_by_policy',
    message:
      '93.184.216.34 is a public address, and --callbacks private allows only loopback, RFC 1918 and unique-local ones.',
    hint: 'Start the emulator with --allow-callback 93.184.216.34, or --callbacks any.'
  })
  for (const [mode, host, address, message, hint] of [
    [
      'private',
      'a.test',
      '8.8.8.8',
      /^8\.8\.8\.8 \(a\.test\) is a public address/,
      /--allow-callback a\.test, or --callbacks any/
    ],
    ['loopback', 'a.test', '10.0.0.1', /is a private address, and --callbacks loopback/, /--callbacks private/],
    ['any', 'a.test', '169.254.169.254', /link-local.* metadata/, /--allow-callback 169\.254\.169\.254 /],
    ['any', 'a.test', '10.9.1.1', /forbidden by --deny-callback 10\.9\.0\.0\/16/, /without --deny-callback/],
    ['none', 'a.test', '10.0.0.1', /--callbacks none/, /without --callbacks none/],
    ['list', 'a!b.test', '10.0.0.1', /only what --allow-callback names/, /--allow-callback 10\.0\.0\.1/],
    ['any', 'a.test', 'fe80::1%eth0', /cannot|can be judged/, /--rewrite-callback a\.test=/]
  ] as const) {
    const refusal = checkCallback({ ...policy, allow: [], mode }, { host, port: 80, addresses: [address] })
    t.match(refusal?.message, message)
    t.match(refusal?.hint, hint)
  }
})

t.test('rules and rewrites are parsed strictly, so that a typo allows nothing', async t => {
  const rules = '10.0.0.0/8 10.0.0.1 0.0.0.0/0 ::/0 ::1 [::1] fd00::/8 localhost *.example.com app? * a_b.test'
  for (const text of rules.split(' ')) t.ok(parseCallbackRule(text), text)
  const wrong = [
    ...[
      '',
      ' ',
      'not one',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/08',
      '10.0.0.0/',
      '10.0.0/8',
      '10.*',
      '10.0.0.?',
      '1.2.3'
    ],
    ...[
      '010.0.0.1',
      '0x7f.0.0.1',
      '0x7f000001',
      '2130706433',
      '256.0.0.1',
      '1.2.3.4.5',
      '1.2.3.4.',
      'http://a.test',
      'a.test/x'
    ],
    ...[
      'a.test:80',
      '::/129',
      '1::2::3',
      ':::',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7',
      '12345::',
      'fe80::1%eth0',
      '[::1',
      '::1.2.3'
    ],
    ...['::1.2.3.4:5', '.example.com', 'a..b', 'bücher.test', '*.1']
  ]
  for (const text of wrong) t.equal(parseCallbackRule(text), undefined, JSON.stringify(text))

  for (const [text, from, to] of [
    ['localhost=host.docker.internal', { host: 'localhost' }, { host: 'host.docker.internal' }],
    ['LOCALHOST.:80=10.0.0.1:8080', { host: 'localhost', port: 80 }, { host: '10.0.0.1', port: 8080 }],
    ['[::1]:80=::1', { host: '::1', port: 80 }, { host: '::1' }]
  ] as const) {
    t.strictSame(parseCallbackRewrite(text), { from, to }, text)
  }
  for (const text of [
    '',
    'a',
    'a=',
    '=b',
    'a=b=c',
    'a=b:0',
    'a=b:70000',
    'a=http://b',
    'a=127.1',
    'a=2130706433',
    'a*=b',
    'a=b c'
  ]) {
    t.equal(parseCallbackRewrite(text), undefined, JSON.stringify(text))
  }
})

t.test('the callback policy applies to every spelling of an address', async t => {
  const { port, requests } = await receive(t)
  const sendUnder = (mode: CallbackMode, url: string) => sender(t, { policy: policyOf(mode) }).get(url)
  const here = [
    ...[
      '127.0.0.1',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0X7F.0.0.0x1',
      '0177.0.0.1',
      '017700000001'
    ],
    ...['127.0.0.1.', '%31%32%37.0.0.1', '127%2e0%2e0%2e1', 'user:secret@127.0.0.1', '8.8.8.8@127.0.0.1', 'localhost'],
    ...[
      'localhost.',
      'LocalHost',
      '%6c%6Fcalhost',
      'any.localhost',
      'a.b.localhost.',
      ...(await ifIpv6('[::ffff:127.0.0.1]'))
    ]
  ]
  for (const host of here) {
    const { kind } = await sendUnder('loopback', `http://${host}:${port}/`)
    t.equal(kind, 'answered', `${host} is loopback`)
  }
  t.equal(requests.length, here.length)

  const cloud = [
    ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518', '0xa9.0xfe.0xa9.0xfe'],
    ...['169.254.169.254.', '%31%36%39.254.169.254', '127.0.0.1@169.254.169.254', '[::ffff:169.254.169.254]'],
    ...[
      '[::ffff:a9fe:a9fe]',
      '[0:0:0:0:0:ffff:a9fe:a9fe]',
      '[64:ff9b::a9fe:a9fe]',
      '[2002:a9fe:a9fe::1]',
      '[::a9fe:a9fe]'
    ]
  ]
  const near = ['10.0.0.1', '167772161', '0xa.1', '012.0.0.1', '[::ffff:10.0.0.1]', '[fd00::1]', '8.8.8.8', '134744072']
  for (const [mode, hosts] of [
    ['any', cloud],
    ['loopback', [...cloud, ...near]],
    ['none', here]
  ] as const) {
    for (const host of hosts) {
      for (const scheme of ['http', 'HTTPS']) {
        const outcome = await sendUnder(mode, `${scheme}://${host}:${port}/`)
        t.match(outcome, { kind: 'blocked', failure: { reason: 'blocked_by_policy' } }, `${host} under ${mode}`)
      }
    }
  }
  t.equal(requests.length, here.length, 'and nothing was sent')
})

t.test('a url that cannot be requested fails with url_invalid', async t => {
  const { get } = sender(t)
  for (const url of [
    ...[
      '',
      'x',
      '/x',
      'http:',
      'http://',
      'http:///x',
      'http:127.0.0.1',
      'http:/127.0.0.1',
      'ftp://127.0.0.1/',
      '//127.0.0.1/'
    ],
    ...[
      'http://127.0.0.1\\@10.0.0.1/',
      'http://a b/',
      'http://a/ b',
      'http://a/\r\nX: y',
      'http://bücher.test/',
      'http://a/ü'
    ],
    ...['http://[::x]/', 'http://[::1', 'http://256.0.0.1/', 'http://1.2.3.4.5/', 'http://./', 'http://%/'],
    ...[
      'http://a%2fb/',
      'http://a%00b/',
      'http://127.0.0.1:0/',
      'http://127.0.0.1:65536/',
      'http://127.0.0.1:x/',
      'http://@/'
    ]
  ]) {
    const outcome = await get(url)
    t.match(outcome, { kind: 'failed', failure: { reason: 'url_invalid' } }, JSON.stringify(url))
  }
})

t.test('the policy has to allow every address of a name, and the connection goes to one of them', async t => {
  const { port, requests } = await receive(t)
  const names: Record<string, string[] | Error> = {
    'good.test': ['127.0.0.1'],
    'both.test': ['127.0.0.1', '::1'],
    'mixed.test': ['127.0.0.1', '8.8.8.8'],
    'mixed-last.test': ['8.8.8.8', '127.0.0.1'],
    'cloud.test': ['127.0.0.1', '169.254.169.254'],
    'mapped.test': ['::ffff:169.254.169.254'],
    'zone.test': ['fe80::1%lo'],
    'nonsense.test': ['localhost'],
    'empty.test': [],
    'gone.test': Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })
  }
  const asked: string[] = []
  const { get } = sender(t, {
    resolve: async host => {
      asked.push(host)
      const found = names[host] ?? []
      if (found instanceof Error) throw found
      return found
    }
  })
  for (const [name, expected] of [
    ['good.test', 'answered'],
    ['GOOD.Test.', 'answered'],
    ['both.test', 'answered'],
    ['mixed.test', 'blocked_by_policy'],
    ['mixed-last.test', 'blocked_by_policy'],
    ['cloud.test', 'blocked_by_policy'],
    ['mapped.test', 'blocked_by_policy'],
    ['zone.test', 'blocked_by_policy'],
    ['nonsense.test', 'blocked_by_policy'],
    ['empty.test', 'name_unresolved'],
    ['gone.test', 'name_unresolved']
  ]) {
    t.equal(wordOf(await get(`http://${name}:${port}/`)), expected, String(name))
  }
  t.equal(requests.length, 3)
  t.notOk(asked.includes('localhost'), 'localhost is known')

  const none = sender(t, { policy: policyOf('none') })
  t.equal(wordOf(await none.get(`http://good.test:${port}/`)), 'blocked_by_policy')
  const denied = sender(t, { policy: policyOf('any', '', '*.test') })
  t.equal(wordOf(await denied.get(`http://good.test:${port}/`)), 'blocked_by_policy')
})

t.test('DNS rebinding does not bypass the policy: the checked address is the one that is connected', async t => {
  const { port, requests } = await receive(t, { onRequest: socket => void socket.end(LAST) })
  for (const second of ['169.254.169.254', '8.8.8.8', '::ffff:8.8.8.8', '0.0.0.0']) {
    const answers = [['127.0.0.1'], [second]]
    let asked = 0
    const { get } = sender(t, { resolve: async () => answers[Math.min(asked++, 1)] ?? [] })
    t.equal(wordOf(await get(`http://rebind.test:${port}/`)), 'answered')
    t.equal(asked, 1, 'one lookup is used for the check and the connection')
    t.match(await get(`http://rebind.test:${port}/`), { kind: 'blocked', failure: { message: second } }, second)
    t.equal(asked, 2)
  }
  t.equal(requests.length, 4)
})

t.test('concurrent webhooks to one host share one lookup', async t => {
  const { port } = await receive(t)
  let asked = 0
  const { get } = sender(t, {
    resolve: async () => {
      asked++
      await sleep(20)
      return ['127.0.0.1']
    }
  })
  const all = await Promise.all(Array.from({ length: 20 }, () => get(`http://one.test:${port}/`)))
  t.ok(all.every(({ kind }) => kind === 'answered'))
  t.equal(asked, 1)
})

t.test('the emulator sends no webhook to itself, under any name, unless exactly that address is allowed', async t => {
  const { port, requests } = await receive(t, {}, '0.0.0.0')
  const own = (address: string, at = port) => [{ address, port: at }]
  const resolve = async () => ['127.0.0.1']
  for (const [listening, host, allow, expected] of [
    [own('127.0.0.1'), '127.0.0.1', '', 'own_listener'],
    [own('127.0.0.1'), 'localhost', '', 'own_listener'],
    [own('127.0.0.1'), '2130706433', '', 'own_listener'],
    [own('127.0.0.1'), '[::ffff:127.0.0.1]', '', 'own_listener'],
    [own('127.0.0.1'), 'alias.test', '', 'own_listener'],
    [own('127.0.0.1'), '0.0.0.0', '', 'own_listener'],
    [own('127.0.0.1'), '[::]', '', 'own_listener'],
    [own('127.0.0.1'), '127.0.0.2', '', 'answered'],
    [own('::1'), '[::1]', '', 'own_listener'],
    [own('0.0.0.0'), '127.0.0.1', '', 'own_listener'],
    [own('0.0.0.0'), '127.0.0.2', '', 'own_listener'],
    [own('0.0.0.0'), '[::1]', '', 'own_listener'],
    [own('::'), '127.0.0.1', '', 'own_listener'],
    [own('::'), 'alias.test', '', 'own_listener'],
    [own('127.0.0.1', 1), '127.0.0.1', '', 'answered'],
    [own('0.0.0.0', 1), '127.0.0.1', '', 'answered'],
    [own('pbx.test'), 'pbx.test', '', 'own_listener'],
    [own('PBX.test.'), 'pbx.TEST', '', 'own_listener'],
    [own('pbx.test'), 'other.test', '', 'answered'],
    [own('pbx.test', 1), 'pbx.test', '', 'answered'],
    [own('127.0.0.1'), '127.0.0.1', '127.0.0.1', 'answered'],
    [own('127.0.0.1'), 'alias.test', '127.0.0.1/32', 'answered'],
    [own('pbx.test'), 'pbx.test', '127.0.0.1', 'answered'],
    [own('127.0.0.1'), '127.0.0.1', '127.0.0.0/8', 'own_listener'],
    [own('127.0.0.1'), '127.0.0.1', '127.0.0.0/31', 'own_listener'],
    [own('127.0.0.1'), 'alias.test', '*.test', 'own_listener'],
    [own('127.0.0.1'), 'alias.test', 'alias.test', 'own_listener']
  ] as const) {
    const { get } = sender(t, { policy: policyOf('any', allow), ownListeners: () => [...listening], resolve })
    const outcome = await get(`http://${host}:${port}/`)
    t.equal(wordOf(outcome), expected, `${host}, listening on ${listening[0]?.address}, allowed ${allow || 'nothing'}`)
    if (expected === 'own_listener') t.match(outcome, { kind: 'blocked', failure: { hint: /--allow-callback/ } })
  }
  t.equal(requests.length, 8)
})

t.test('a rewrite changes the target of the connection, and nothing in the request', async t => {
  const { port, requests } = await receive(t)
  const send = (rewrites: string[], url: string, mode: CallbackMode = 'private') =>
    sender(t, { policy: policyOf(mode), rewrites: rewritesOf(rewrites), resolve: async () => ['8.8.8.8'] }).get(url)
  for (const [rewrite, url, expected] of [
    [`crm.example.com=127.0.0.1:${port}`, 'http://crm.example.com/a', 'answered'],
    [`crm.example.com=localhost:${port}`, 'http://CRM.example.com:99/a', 'answered'],
    ['crm.example.com=127.0.0.1', `http://crm.example.com:${port}/a`, 'answered'],
    [`crm.example.com:99=127.0.0.1:${port}`, 'http://crm.example.com:99/a', 'answered'],
    [`8.8.8.8=127.0.0.1:${port}`, 'http://134744072/a', 'answered'],
    [`[2a00::1]:80=127.0.0.1:${port}`, 'http://[2a00:0::1]/a', 'answered'],
    [`crm.example.com:98=127.0.0.1:${port}`, 'http://crm.example.com:99/a', 'blocked_by_policy'],
    [`crm.example.com=127.0.0.1:${port}`, 'http://www.crm.example.com/a', 'blocked_by_policy'],
    ['localhost=8.8.8.8', `http://localhost:${port}/a`, 'blocked_by_policy'],
    ['localhost=169.254.169.254', `http://localhost:${port}/a`, 'blocked_by_policy'],
    ['localhost=elsewhere.test', `http://localhost:${port}/a`, 'blocked_by_policy']
  ] as const) {
    requests.length = 0
    t.equal(wordOf(await send([rewrite], url)), expected, `${rewrite} for ${url}`)
    if (expected === 'answered')
      t.equal(requests[0], 'GET /a HTTP/1.1\r\nHost: as it came\r\nConnection: keep-alive\r\n\r\n', 'byte for byte')
  }
  const order = [`a.test=127.0.0.1:${port}`, 'a.test=8.8.8.8']
  t.equal(wordOf(await send(order, 'http://a.test/')), 'answered', 'the first that fits decides')
})

t.test('exactly the bytes of the request are sent', async t => {
  const { port, requests } = await receive(t)
  const { send } = sender(t)
  const at = `127.0.0.1:${port}`
  const headers = {
    'x-lower': '1',
    Host: 'a.example.com:81',
    'User-Agent': 'PBX/5.0  two  blanks',
    ACCEPT: '*/*',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': '11',
    connection: 'keep-alive',
    'X-Empty': ''
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  for (const [url, path] of [
    [`http://${at}`, '/'],
    [`http://${at}?a=1&b`, '/?a=1&b'],
    [`http://${at}/?`, '/?'],
    [`http://${at}/#frag?x`, '/'],
    [`http://${at}/a/../b/./c//d/`, '/a/../b/./c//d/'],
    [`http://${at}/%7e%2E%2e/%41?q=%20+%2B*'()`, "/%7e%2E%2e/%41?q=%20+%2B*'()"],
    [`http://user:p%40ss@${at}/x@y:z?u=http://a:b@c/#f`, '/x@y:z?u=http://a:b@c/'],
    [`HTTP://${at}/UPPER;p=1,2|~"<>{}^\``, '/UPPER;p=1,2|~"<>{}^`'],
    [`http://${at}/${'long/'.repeat(1500)}`, `/${'long/'.repeat(1500)}`]
  ] as const) {
    requests.length = 0
    const outcome = await send({ method: 'POST', url, headers, body: 'a=1&b=%2B*+' })
    t.equal(outcome.kind, 'answered', path)
    t.equal(requests[0], `POST ${path} HTTP/1.1\r\n${head.join('')}\r\na=1&b=%2B*+`, path)
  }
  const quiet = { Host: at, Connection: 'close' }
  await send({ method: 'GET', url: `http://${at}/q`, headers: quiet, body: '' })
  t.equal(requests[1], `GET /q HTTP/1.1\r\nHost: ${at}\r\nConnection: close\r\n\r\n`, 'and nothing is added to a GET')
})

t.test('every receiver failure is recorded with its reason and leaves no open socket', async t => {
  const big = 'x'.repeat(200_000)
  const drip =
    (text: string, at = 0) =>
    (socket: Socket) => {
      socket.write(text.slice(0, at))
      const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 20)
      socket.on('close', () => clearInterval(timer))
    }
  const flood =
    (text: string, head = '') =>
    (socket: Socket) => {
      socket.write(head)
      const pour = () => {
        while (!socket.destroyed && socket.write(text));
      }
      socket.on('drain', pour)
      pour()
    }
  const say = (text: string) => ({ onRequest: (socket: Socket) => void socket.write(text, 'latin1') })
  const sayAndEnd = (text: string) => ({ onRequest: (socket: Socket) => void socket.end(text, 'latin1') })
  const sayAndReset = (text: string) => ({
    onRequest: (socket: Socket) => void socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20))
  })
  const length = (n: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n`
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  const rows: [why: string, behaviour: Behaviour, expected: string, response?: Partial<WebhookResponse>][] = [
    ['answers', say(OK), 'answered', { status: 200, body: 'ok', truncated: false }],
    ['answers without a body', say('HTTP/1.1 204 No Content\r\n\r\n'), 'answered', { status: 204, body: '' }],
    ['answers with an unknown status', say('HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n'), 'answered'],
    ['answers as HTTP/1.0', sayAndEnd('HTTP/1.0 200 OK\r\n\r\nold'), 'answered', { body: 'old' }],
    ['ends its answer by closing', sayAndEnd('HTTP/1.1 200 OK\r\n\r\nall'), 'answered', { body: 'all' }],
    ['answers in chunks', say(`${chunked}2;x=y\r\nok\r\n0\r\nT: 1\r\n\r\n`), 'answered', { body: 'ok' }],
    ['answers before the request is there', { onConnection: socket => void socket.write(OK) }, 'answered'],
    ['answers and resets', sayAndReset(OK), 'answered', { body: 'ok' }],
    ['answers twice', say(OK + OK), 'answered', { body: 'ok' }],
    ['answers, then talks nonsense', say(`${OK}\x00\x01nonsense`), 'answered', { body: 'ok' }],
    [
      'says 100 first',
      say(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${OK}`),
      'answered',
      { body: 'ok' }
    ],
    [
      'answers what is not UTF-8',
      say('HTTP/1.1 200 OK\r\nX: \xe9\xff\r\nContent-Length: 2\r\n\r\n\xff\xe9'),
      'answered',
      { headers: { X: 'éÿ', 'Content-Length': '2' }, body: '\ufffd\ufffd' }
    ],
    [
      'compresses',
      say(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x08x`),
      'answered',
      { body: '\x1f\x08x' }
    ],
    [
      'repeats headers',
      say(
        'HTTP/1.1 200 OK\r\nSet-Cookie: a\r\n__proto__: p\r\nset-cookie: b\r\nSET-COOKIE: c\r\nContent-Length: 0\r\n\r\n'
      ),
      'answered',
      { headers: JSON.parse('{"Set-Cookie":["a","b","c"],"__proto__":"p","Content-Length":"0"}') }
    ],
    [
      'sends exactly what is kept',
      say(length(65_536) + big.slice(0, 65_536)),
      'answered',
      { body: big.slice(0, 65_536), truncated: false }
    ],
    [
      'sends a byte more than is kept',
      say(length(65_537) + big.slice(0, 65_537)),
      'answered',
      { body: big.slice(0, 65_536), truncated: true }
    ],
    [
      'sends more than is kept',
      say(length(200_000) + big),
      'answered',
      { body: big.slice(0, 65_536), truncated: true }
    ],
    ['floods without an end', { onRequest: flood(big, 'HTTP/1.1 200 OK\r\n\r\n') }, 'answered', { truncated: true }],
    [
      'floods with chunks of a byte',
      { onRequest: flood('1\r\nx\r\n'.repeat(20_000), chunked) },
      'answered',
      { truncated: true }
    ],
    [
      'cuts a character where the log is cut',
      say(`${length(65_537)}${big.slice(0, 65_535)}\xc3\xa9`),
      'answered',
      { body: big.slice(0, 65_535), truncated: true }
    ],
    [
      'redirects with 301',
      say('HTTP/1.1 301 Moved\r\nLocation: http://a:b@127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n'),
      'redirected',
      { status: 301 }
    ],
    [
      'redirects with 302',
      say('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
      'redirected',
      { status: 302 }
    ],
    [
      'redirects with 303',
      say('HTTP/1.1 303 See Other\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
      'redirected',
      { status: 303 }
    ],
    [
      'redirects with 307',
      say('HTTP/1.1 307 Temporary\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
      'redirected',
      { status: 307 }
    ],
    [
      'redirects with 308 to nowhere',
      say('HTTP/1.1 308 Permanent\r\nContent-Length: 0\r\n\r\n'),
      'redirected',
      { status: 308 }
    ],
    ['has not changed', say('HTTP/1.1 304 Not Modified\r\n\r\n'), 'status_not_2xx', { status: 304 }],
    [
      'finds nothing',
      say('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone'),
      'status_not_2xx',
      { status: 404, body: 'none' }
    ],
    [
      'has a mistake',
      say('HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops'),
      'status_not_2xx',
      { status: 500, body: 'oops' }
    ],
    ['has a large mistake', say(`HTTP/1.1 500 Oops\r\n\r\n${big}`), 'status_not_2xx', { status: 500, truncated: true }],
    [
      'answers with a status beyond all',
      say('HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'),
      'status_not_2xx',
      { status: 999 }
    ],
    [
      'changes the protocol',
      say('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00'),
      'upgraded',
      { status: 101 }
    ],
    ['changes it without a word to which', say('HTTP/1.1 101 Switching\r\n\r\n'), 'upgraded', { status: 101 }],
    ['resets when it is connected', { onConnection: socket => void socket.resetAndDestroy() }, 'reset'],
    ['resets when it is asked', { onRequest: socket => void socket.resetAndDestroy() }, 'reset'],
    ['resets amid its head', sayAndReset('HTTP/1.1 200 OK\r\nX: '), 'reset'],
    ['resets amid its body', sayAndReset(`${length(10)}half`), 'reset', { status: 200, body: 'half' }],
    ['closes when it is connected', { onConnection: socket => void socket.end() }, 'closed_early'],
    ['closes when it is asked', sayAndEnd(''), 'closed_early'],
    ['closes amid its head', sayAndEnd('HTTP/1.1 200 OK\r\nX: '), 'closed_early'],
    ['closes amid its body', sayAndEnd(`${length(10)}half`), 'closed_early', { status: 200, body: 'half' }],
    ['closes amid a chunk', sayAndEnd(`${chunked}a\r\nhalf`), 'closed_early', { status: 200, body: 'half' }],
    ['talks nonsense', say('\x00\x01\x02 nonsense\r\n\r\n'), 'response_malformed'],
    [
      'speaks another protocol',
      { onConnection: socket => void socket.write('SSH-2.0-OpenSSH_9.2\r\n') },
      'response_malformed'
    ],
    ['talks nonsense amid its head', say('HTTP/1.1 200 OK\r\nno colon\r\n\r\n'), 'response_malformed'],
    ['has a byte in a header that none may have', say('HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n'), 'response_malformed'],
    [
      'has two lengths',
      say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      'response_malformed'
    ],
    [
      'has a length and chunks',
      say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
      'response_malformed'
    ],
    ['has a bad chunk', say(`${chunked}2\r\nok\r\nzz\r\n`), 'response_malformed', { status: 200, body: 'ok' }],
    ['has an endless chunk extension', say(`${chunked}1;${big}`), 'response_malformed', { status: 200 }],
    ['says 100 for ever', { onRequest: flood('HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)) }, 'response_malformed'],
    ['has a header that is too large', say(`HTTP/1.1 200 OK\r\nX: ${big}\r\n\r\n`), 'response_headers_too_large'],
    [
      'has too many headers',
      say(`HTTP/1.1 200 OK\r\n${'X: 12345678\r\n'.repeat(2_000)}\r\n`),
      'response_headers_too_large'
    ],
    ['has an endless reason', say(`HTTP/1.1 200 ${big}`), 'response_headers_too_large'],
    ['has endless trailers', say(`${chunked}0\r\nX: ${big}`), 'response_headers_too_large', { status: 200 }],
    ['never answers', { onRequest: () => {} }, 'response_timeout'],
    ['drips its head', { onRequest: drip(`HTTP/1.1 200 OK\r\nX: ${big}`) }, 'response_timeout'],
    ['says 100 and no more', say('HTTP/1.1 100 Continue\r\n\r\n'), 'response_timeout'],
    ['never ends its body', say(`${length(10)}half`), 'body_timeout', { status: 200, body: 'half' }],
    ['never ends its last chunk', say(`${chunked}2\r\nok\r\n`), 'body_timeout', { status: 200, body: 'ok' }],
    [
      'drips its body',
      { onRequest: drip(`${length(1_000)}${'x'.repeat(1_000)}`, length(1_000).length) },
      'body_timeout',
      { status: 200 }
    ]
  ]
  await inTurns(8, rows, async ([why, behaviour, expected, response]) => {
    const { port, emptied } = await receive(t, behaviour)
    const one = sender(t, expected.endsWith('_timeout') ? { totalMs: 1_000 } : {})
    const outcome = await one.get(`http://127.0.0.1:${port}/`)
    t.equal(wordOf(outcome), expected, `a receiver that ${why}`)
    const came = 'response' in outcome ? outcome.response : undefined
    for (const [name, value] of Object.entries(response ?? {})) t.strictSame(Reflect.get(came ?? {}, name), value, name)
    if (response === undefined && outcome.kind === 'failed') t.equal(came, undefined, 'and nothing came')
    one.close()
    await emptied()
  })
})

t.test('a receiver may send a hundred interim answers, and no more', async t => {
  const interims = (count: number) => 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(count)
  for (const [count, expected] of [
    [100, 'answered'],
    [101, 'response_malformed']
  ] as const) {
    const { port } = await receive(t, { onRequest: socket => void socket.write(interims(count) + OK) })
    t.equal(wordOf(await sender(t).get(`http://127.0.0.1:${port}/`)), expected, `${count} of them`)
  }
})

t.test('a connection that fails is recorded with the reason and a hint', async t => {
  const free = await freePort()
  const refused = await sender(t, { isContainer: () => true }).get(`http://user:secret@localhost:${free}/`)
  t.match(refused, {
    kind: 'failed',
    failure: {
      reason: 'refused',
      message: `Nothing listens on 127.0.0.1:${free}.`,
      hint:
        'If the emulator runs in a container, localhost is the container itself: use host.docker.internal, ' +
        'or start it with --rewrite-callback localhost=host.docker.internal.'
    }
  })
  t.notMatch(JSON.stringify(refused), 'secret')
  const outside = await sender(t, { isContainer: () => false }).get(`http://localhost:${free}/`)
  const hint = 'Start the receiver, or correct the url of the event.'
  t.match(outside, { failure: { reason: 'refused', hint } }, 'outside of a container, no hint speaks of one')

  const full = await sender(t, { connectMs: 200 }).get(`http://127.0.0.1:${await fullPort(t)}/`)
  t.match(full, { failure: { reason: 'connect_timeout', hint: /--callback-connect-ms/ } }, 'a queue that is full')
  const silent = { resolve: () => new Promise<never>(() => {}) }
  const lookup = await sender(t, { ...silent, connectMs: 100 }).get('http://silent.test/')
  t.match(lookup, { failure: { reason: 'connect_timeout', message: /silent\.test/ } }, 'a name server that is silent')
  const total = await sender(t, { ...silent, totalMs: 100 }).get('http://silent.test/')
  t.match(total, { failure: { reason: 'connect_timeout', hint: /--callback-total-ms/ } }, 'the time for all is shorter')
  for (const [isContainer, host, hint] of [
    [true, 'host.docker.internal', /--add-host/],
    [false, 'host.docker.internal', /Write localhost/],
    [true, 'other.test', /The name of a container/],
    [
      false,
      'other.test',
      /^Correct the url of the event, or give its address: --rewrite-callback other\.test=ADDRESS\.$/
    ]
  ] as const) {
    const unknown = sender(t, { resolve: async () => [], isContainer: () => isContainer })
    t.match(await unknown.get(`http://${host}/`), { failure: { reason: 'name_unresolved', hint } }, `${hint}`)
  }
  for (const [cgroups, is] of [
    ['0::/docker/0123456789', true],
    ['11:cpu:/kubepods/besteffort/pod1', true],
    ['0::/init.scope', false],
    ['', false]
  ] as const)
    t.equal(namesRuntime(cgroups), is, cgroups)
  const reports: Failure[] = []
  const broken = sender(t, {
    report: failure => reports.push(failure),
    ownListeners: () => {
      throw new Error('a mistake')
    }
  })
  t.match(await broken.get('http://127.0.0.1/'), { failure: { reason: 'unexpected', message: /a mistake/ } })
  const headers = { 'not a name': 'x' }
  const { port, emptied } = await receive(t)
  const unsendable = sender(t, { report: failure => reports.push(failure) })
  const outcome = await unsendable.send({ method: 'GET', url: `http://127.0.0.1:${port}/`, headers, body: '' })
  t.match(outcome, { kind: 'failed', failure: { reason: 'unexpected' } })
  await emptied()
  t.equal(reports.length, 2, 'internal errors are reported')
})

t.test('the certificate is verified for the host of the url, unless insecure callbacks are allowed', async t => {
  const { port, requests } = await receiveTls(t)
  const plain = await receive(t, {
    onConnection: socket => socket.once('data', () => socket.end('HTTP/1.1 400 No\r\n\r\n'))
  })
  const other = await receiveTls(t, {}, ['other.test'])
  const resets = await receive(t, { onConnection: socket => void socket.resetAndDestroy() })
  const closes = await receive(t, { onConnection: socket => void socket.end() })
  const silent = await receive(t, { onRequest: () => {} })
  const rewrites = rewritesOf([`moved.test=127.0.0.1:${port}`])
  for (const [why, url, options, expected, hint] of [
    ['self-signed', `https://localhost:${port}/`, {}, 'tls_untrusted', /--insecure-callbacks/],
    ['self-signed, and that is fine', `https://localhost:${port}/`, { insecure: true }, 'answered'],
    ['for another name, and that is fine', `https://localhost:${other.port}/`, { insecure: true }, 'answered'],
    ['reached by its address', `https://127.0.0.1:${port}/`, { insecure: true }, 'answered'],
    ['reached by a rewrite', 'https://moved.test/', { insecure: true, rewrites }, 'answered'],
    ['plain http on the port', `https://localhost:${plain.port}/`, { insecure: true }, 'tls_failed', /http:\/\//],
    ['a reset amid the handshake', `https://localhost:${resets.port}/`, { insecure: true }, 'reset'],
    ['closed amid the handshake', `https://localhost:${closes.port}/`, { insecure: true }, 'tls_failed'],
    ['a slow handshake', `https://localhost:${silent.port}/`, { connectMs: 1_000 }, 'connect_timeout', /TLS/],
    [
      'TLS on a port asked in plain text',
      `http://localhost:${port}/`,
      {},
      /^(?:response_malformed|closed_early|reset)$/
    ]
  ] as const) {
    const outcome = await sender(t, options).get(url)
    t.match(wordOf(outcome), expected, why)
    if (hint) t.match(outcome, { failure: { hint } }, why)
  }
  t.equal(requests.length, 3)
})

t.test('a trusted certificate has to be for the host of the url, also with a rewrite', async t => {
  const { port, cert } = await receiveTls(t, {}, ['right.test'])
  const folder = t.testdir({ 'authority.pem': cert })
  const outfile = join(folder, 'send-webhook.mjs')
  const entry = join(import.meta.dirname, '..', 'src', 'outbound', 'send-webhook.ts')
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' })
  const program = `
    import { createSendWebhook } from ${JSON.stringify(outfile)}
    const rewrites = ['right.test', 'wrong.test'].map(host => ({ from: { host }, to: { host: '127.0.0.1', port: ${port} } }))
    const { send } = createSendWebhook({ policy: { mode: 'private', allow: [], deny: [] }, rewrites })
    const alive = setInterval(() => {}, 1_000) // a webhook under way does not keep a process alive
    for (const host of ['right.test', 'wrong.test']) {
      const request = { method: 'GET', url: 'https://' + host, headers: { Host: host, Connection: 'close' }, body: '' }
      const { kind, failure } = await send(request, new AbortController().signal)
      console.log(kind, failure?.message)
    }
    clearInterval(alive)`
  const env = { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env })
  t.strictSame(stdout.trim().split('\n'), [
    'answered undefined',
    'failed The certificate of wrong.test:443 is not trusted: it is for other names.'
  ])
})

t.test('a connection is reused for the same target, for one second', async t => {
  const one = await receive(t)
  const two = await receive(t)
  const { get, close } = sender(t, { resolve: async () => ['127.0.0.1'], rewrites: rewritesOf(['c.test=a.test']) })
  for (let nth = 0; nth < 5; nth++) t.equal(wordOf(await get(`http://a.test:${one.port}/${nth}`)), 'answered')
  t.strictSame(one.connections(), { came: 1, open: 1 }, 'one after the other on one')
  await get(`http://c.test:${one.port}/`)
  t.equal(one.connections().came, 1, 'the rewritten target decides')
  await get(`http://b.test:${one.port}/`)
  t.equal(one.connections().came, 2, 'another name is another target')
  await get(`http://a.test:${two.port}/`)
  t.equal(two.connections().came, 1)
  await Promise.all(Array.from({ length: 6 }, () => get(`http://a.test:${one.port}/`)))
  t.equal(one.connections().came, 7, 'at the same time on as many as it takes')
  await one.emptied()
  await two.emptied()
  t.pass('after a second they are gone')

  await get(`http://a.test:${one.port}/`)
  close()
  await one.emptied()
  await get(`http://a.test:${one.port}/`)
  await one.emptied()
  t.pass('after close() none is kept')
})

t.test('at most 128 idle connections are kept', async t => {
  const { port, connections } = await receive(t)
  const { get } = sender(t)
  const all = await Promise.all(Array.from({ length: 160 }, () => get(`http://127.0.0.1:${port}/`)))
  t.ok(all.every(({ kind }) => kind === 'answered'))
  t.equal(connections().came, 160)
  await Promise.all(Array.from({ length: 160 }, () => get(`http://127.0.0.1:${port}/`)))
  t.ok(connections().came >= 160 + 32, `of 160 connections at most 128 are used again: ${connections().came} came`)
})

t.test('an error answer does not close the connection', async t => {
  const { port, connections } = await receive(t, {
    onRequest: socket => void socket.write('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n')
  })
  const { get } = sender(t)
  for (let nth = 0; nth < 3; nth++) t.equal(wordOf(await get(`http://127.0.0.1:${port}/`)), 'status_not_2xx')
  t.equal(connections().came, 1)
})

t.test('a webhook whose kept connection breaks is not sent again, and the failure says so', async t => {
  const lost = { kind: 'failed', failure: { reason: 'connection_lost', hint: /replay/ }, connectionReused: true }
  for (const [why, bye] of [
    ['closed', (socket: Socket) => void socket.end()],
    ['reset', (socket: Socket) => void socket.resetAndDestroy()]
  ] as const) {
    const { port, requests, connections } = await receive(t, {
      onRequest: (socket, nth) => (nth === 2 ? bye(socket) : void socket.write(OK))
    })
    const { get } = sender(t)
    t.notOk('connectionReused' in (await get(`http://127.0.0.1:${port}/1`)))
    t.match(await get(`http://127.0.0.1:${port}/2`), lost, why)
    t.match(await get(`http://127.0.0.1:${port}/3`), { kind: 'answered' }, 'the next one has a new connection')
    t.equal(connections().came, 2)
    t.strictSame(
      requests.map(text => text.split(' ')[1]),
      ['/1', '/2', '/3'],
      'each was sent once'
    )
  }

  const { get } = sender(t)
  const fresh = await receive(t, { onRequest: socket => void socket.end() })
  const failed = await get(`http://127.0.0.1:${fresh.port}/`)
  t.match(failed, { failure: { reason: 'closed_early' } }, 'a new connection that breaks is another failure')
  t.notOk('connectionReused' in failed)
  t.equal(fresh.requests.length, 1)

  const resetting = await receive(t, { onRequest: socket => void socket.resetAndDestroy() })
  const reset = await get(`http://127.0.0.1:${resetting.port}/`)
  t.match(reset, { failure: { reason: 'reset' } }, 'a new connection that is reset is another failure')
  t.notOk('connectionReused' in reset)
  t.strictSame([resetting.requests.length, resetting.connections().came], [1, 1], 'and nothing is sent again')

  const half = await receive(t, {
    onRequest: (socket, nth) => (nth > 1 ? void socket.end('HTTP/1.1 2') : void socket.write(OK))
  })
  await get(`http://127.0.0.1:${half.port}/`)
  const broken = await get(`http://127.0.0.1:${half.port}/`)
  t.match(broken, { failure: { reason: 'closed_early' } }, 'a response had begun')
  t.notOk('connectionReused' in broken)
  t.equal(half.requests.length, 2)

  const silent = await receive(t, { onRequest: (socket, nth) => (nth === 1 ? void socket.write(OK) : undefined) })
  const brief = sender(t, { totalMs: 1_000 })
  await brief.get(`http://127.0.0.1:${silent.port}/`)
  const silence = await brief.get(`http://127.0.0.1:${silent.port}/`)
  t.match(silence, { failure: { reason: 'response_timeout' } }, 'a silent receiver is not a closed connection')
  t.equal(silent.requests.length, 2)
})

t.test('a connection is reused within a second after its last answer, and not later', async t => {
  let now = 0
  const pool = createConnectionPool(() => now)
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const open = async () => {
    const socket = connect(portOf(server), '127.0.0.1')
    t.teardown(() => void socket.destroy())
    await once(socket, 'connect')
    pool.add('key', socket)
    socket.emit('free')
    return socket
  }
  const first = await open()
  now = POOL_LIMITS.idleMs
  t.equal(pool.take('key'), first, 'a second later')
  first.emit('free')
  now += POOL_LIMITS.idleMs + 1
  t.equal(pool.take('key'), undefined, 'its own timer may still be pending')
  t.ok(first.destroyed)
})

t.test('a kept connection that was closed or sent data between two requests is not reused', async t => {
  for (const [why, meanwhile] of [
    ['ends', (socket: Socket) => void socket.end()],
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
    [
      'sends an unrequested answer',
      (socket: Socket) => void socket.write('HTTP/1.1 500 Stale\r\nContent-Length: 0\r\n\r\n')
    ]
  ] as const) {
    let first: Socket | undefined
    const { port, connections } = await receive(t, {
      onRequest: (socket, nth) => {
        socket.write(OK)
        if (nth === 1) first = socket
      }
    })
    const { get } = sender(t)
    await get(`http://127.0.0.1:${port}/`)
    if (first) meanwhile(first)
    await roundTrip()
    const outcome = await get(`http://127.0.0.1:${port}/`)
    t.equal(wordOf(outcome), 'answered', why)
    t.notOk('connectionReused' in outcome, why)
    t.equal(connections().came, 2, why)
  }
})

t.test('a signal aborts a webhook in every phase, and leaves no socket or listener', async t => {
  let reached = 0
  const reach = () => void reached++
  const silent = await receive(t, { onConnection: reach, onRequest: reach })
  const slow = await receive(t, {
    onRequest: socket => void socket.write('HTTP/1.1 200 OK\r\n\r\nhalf', reach)
  })
  const full = await fullPort(t)
  const pending = () => {
    reach()
    return new Promise<never>(() => {})
  }
  const found = async () => {
    reach()
    return ['127.0.0.1']
  }
  for (const [why, url, options, steps] of [
    ['during the lookup', 'http://silent.test/', { resolve: pending }, 1],
    ['during the connect', `http://full.test:${full}/`, { resolve: found }, 1],
    ['during the TLS handshake', `https://127.0.0.1:${silent.port}/`, {}, 1],
    ['before the answer', `http://127.0.0.1:${silent.port}/`, {}, 2],
    ['in the middle of the answer', `http://127.0.0.1:${slow.port}/`, {}, 1]
  ] as const) {
    reached = 0
    const stop = new AbortController()
    const sending = sender(t, options).get(url, stop.signal)
    await until(() => reached === steps)
    await roundTrip()
    t.equal(getEventListeners(stop.signal, 'abort').length, 1)
    stop.abort()
    t.match(await sending, { kind: 'interrupted', ms: Number }, why)
    t.equal(getEventListeners(stop.signal, 'abort').length, 0, 'and the listener is removed')
  }
  await silent.emptied()
  await slow.emptied()
  t.match(
    await sender(t).get(`http://127.0.0.1:${silent.port}/`, AbortSignal.abort()),
    { kind: 'interrupted' },
    'before'
  )
  t.equal(silent.connections().open, 0)
})

t.test('an attempt that is ended for another receiver has failed, before the connection and after it', async t => {
  const silent = await receive(t, { onRequest: () => {} })
  const full = await fullPort(t)
  for (const [port, reason, message] of [
    [silent.port, 'response_timeout', /accepted the request and had not answered after \d+ ms, when its place was/],
    [full, 'connect_timeout', /had not accepted the connection after \d+ ms, when its place was needed/]
  ] as const) {
    const stop = new AbortController()
    const sending = sender(t).get(`http://127.0.0.1:${port}/`, stop.signal)
    if (port === silent.port) await until(() => silent.requests.length === 1)
    stop.abort(MADE_ROOM)
    t.match(await sending, { kind: 'failed', failure: { reason, message } })
  }
  await silent.emptied()
})

t.test('many concurrent webhooks leave no listener or socket', async t => {
  const warnings: Error[] = []
  const warned = (warning: Error) => warnings.push(warning)
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  const good = await receive(t)
  const bad = await receive(t, {
    onRequest: (socket, nth) => void (nth % 2 ? socket.resetAndDestroy() : socket.end('x'))
  })
  const signals: AbortSignal[] = []
  const nextSignal = () => {
    const { signal } = new AbortController()
    signals.push(signal)
    return signal
  }
  const { get, close } = sender(t)
  for (let round = 0; round < 10; round++) {
    const all = await Promise.all(
      Array.from({ length: 64 }, (_, nth) => get(`http://127.0.0.1:${nth % 4 ? good.port : bad.port}/`, nextSignal()))
    )
    t.equal(all.filter(({ kind }) => kind === 'answered').length, 48)
  }
  t.ok(signals.every(signal => getEventListeners(signal, 'abort').length === 0))
  close()
  await good.emptied()
  await bad.emptied()
  t.ok(good.connections().came <= 64 * 2, 'connections are used again')
  process.emitWarning('the last one') // warnings are emitted in their order
  await until(() => warnings.length > 0)
  t.match(warnings, [{ message: 'the last one' }])
  t.equal(warnings.length, 1, 'no warning of too many listeners')
})

/** A sender that allows this machine only and resolves no name by default; its default signal never aborts. */
function sender(t: Test, options: Partial<SendWebhookOptions> = {}) {
  const resolve = async (host: string): Promise<string[]> => fail(host)
  const defaults = { policy: policyOf('private'), connectMs: 5_000, totalMs: 5_000, resolve }
  const { send, close } = createSendWebhook({ ...defaults, ...options })
  t.teardown(close)
  const never = () => new AbortController().signal // one each: Node.js warns of more than ten listeners
  return {
    close,
    send: (request: WebhookRequest, signal = never()) => send(request, signal),
    get: (url: string, signal = never()) =>
      send({ method: 'GET', url, headers: { Host: 'as it came', Connection: 'keep-alive' }, body: '' }, signal)
  }
}

/** Exchanges bytes on a separate connection. By then, earlier bytes for other sockets of this process are read. */
async function roundTrip(): Promise<void> {
  const server = createServer(socket => void socket.pipe(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect(portOf(server), '127.0.0.1')
  for (const text of ['there and back', 'and again']) {
    socket.write(text)
    await once(socket, 'data')
  }
  socket.destroy()
  server.close()
}

function wordOf(outcome: Outcome): FailureReason | Outcome['kind'] {
  return 'failure' in outcome ? outcome.failure.reason : outcome.kind
}

function policyOf(mode: CallbackMode, allow = '', deny = ''): CallbackPolicy {
  return { mode, allow: rulesOf(allow), deny: rulesOf(deny) }
}

function rulesOf(texts: string) {
  return texts
    .split(',')
    .filter(Boolean)
    .map(text => parseCallbackRule(text) ?? fail(text))
}

function rewritesOf(texts: string[]) {
  return texts.map(text => parseCallbackRewrite(text) ?? fail(text))
}

function judge(mode: CallbackMode, address: string) {
  return checkCallback(policyOf(mode), target(address))
}

function target(address: string) {
  return { host: address, port: 80, addresses: [address] }
}

function fail(text: string): never {
  throw new Error(`"${text}" cannot be read`)
}

/** Runs `width` at a time. */
async function inTurns<T>(width: number, all: T[], run: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all]
  const work = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await run(next)
  }
  await Promise.all(Array.from({ length: width }, work))
}

/** The hosts if the machine has IPv6, else none. */
async function ifIpv6(...hosts: string[]): Promise<string[]> {
  const probe = createServer()
  const works = await Promise.race([
    once(probe.listen(0, '::1'), 'listening').then(() => true),
    once(probe, 'error').then(() => false)
  ]).catch(() => false) // both listen for an error
  probe.close()
  return works ? hosts : []
}
