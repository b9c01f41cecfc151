import { execFile, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { BasicConstraintsExtension, X509Certificate as ParsedCertificate } from '@peculiar/x509'
import { generate } from 'selfsigned'
import t, { type Test } from 'tap'
import { readServeOptions } from '../src/cli/options.js'
import { type Certificate, createCertificates } from '../src/cli/serve/certificate/certificates.js'
import { call, launch, serve, until } from './support/program.js'

const DAY = 86_400_000
const CA = 'uapi-emulator-ca.pem'
const NOT_WINDOWS = process.platform === 'win32' && 'Windows has no file modes'
const AS_ROOT = process.getuid?.() === 0 && 'root can write everywhere'

/** Loads the certificate of a folder. @param now in milliseconds */
async function load(folder: string, now = Date.now(), words: object = {}): Promise<Certificate> {
  const options = readServeOptions({ tls: true, tlsDir: folder, database: ':memory:', ...words }, {})
  const certificate = await createCertificates(options, () => now).get()
  if (certificate === undefined) throw new Error('--tls gives a certificate')
  return certificate
}

const daysOf = ({ validFrom, validTo }: X509Certificate): number => (Date.parse(validTo) - Date.parse(validFrom)) / DAY

/** A certificate that is its own authority, as versions before made it. */
async function writeSelfSigned(folder: string, names: string[], days: number): Promise<string> {
  const altNames = names.map(value =>
    /^[\d.:]+$/.test(value) ? { type: 7 as const, ip: value } : { type: 2 as const, value }
  )
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'uapi-emulator' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + days * DAY),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames }
    ]
  })
  writeFileSync(join(folder, 'uapi-emulator-cert.pem'), cert)
  writeFileSync(join(folder, 'uapi-emulator-key.pem'), key, { mode: 0o600 })
  return cert
}

/** A server with the certificate, for clients that are tried. */
async function listen(t: Test, { cert, key }: Certificate): Promise<number> {
  const server = createServer({ cert, key }, (_request, response) => void response.end('{}')).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on TCP
}

t.test('the certificate of a server is no authority, is signed by one, and lasts 397 days', async t => {
  const folder = t.testdir()
  const certificate = await load(folder)
  t.equal(certificate.path, join(folder, CA))
  t.equal(certificate.warning, undefined)
  const server = new X509Certificate(certificate.cert)
  const authority = new X509Certificate(readFileSync(join(folder, CA)))
  t.strictSame([server.ca, authority.ca], [false, true])
  const constraintsOf = ({ raw }: X509Certificate) => new ParsedCertificate(raw).getExtension(BasicConstraintsExtension)
  t.match(
    constraintsOf(server),
    { ca: false, critical: true },
    'rustls reads it here, whatever the key may be used for'
  )
  t.match(constraintsOf(authority), { ca: true, critical: true, pathLength: 0 })
  t.ok(server.checkIssued(authority) && server.verify(authority.publicKey))
  t.strictSame([daysOf(server), daysOf(authority)], [397, 3650])
  t.strictSame(server.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'it may authenticate servers')
  t.match(server.subjectAltName, /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/)
  t.not(server.serialNumber, authority.serialNumber)

  const port = await listen(t, certificate)
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(join(folder, CA)) })
  await once(socket, 'secureConnect')
  t.ok(socket.authorized, 'a client of Node that trusts only the authority accepts it')
  socket.destroy()
})

t.test('the certificate has the allowed hosts, and of their globs those that clients accept', async t => {
  const allowedHosts = ['one.example.com', '*.svc.cluster.local', '*.example', 'a*.example.com', '*.*.example.com']
  const { cert } = await load(t.testdir(), Date.now(), { allowedHosts })
  const names = new X509Certificate(cert).subjectAltName?.split(', ') ?? []
  t.strictSame(
    names.filter(name => /example|cluster/.test(name)),
    ['DNS:one.example.com', 'DNS:*.svc.cluster.local']
  )
})

/** Whether a program is installed. */
const has = (name: string) => spawnSync(name, ['--version']).error === undefined

t.test('openssl verifies the chain strictly', { skip: !has('openssl') && 'openssl is not installed' }, t => {
  t.plan(1)
  const folder = t.testdir()
  load(folder).then(() => {
    const words = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'localhost', '-CAfile', CA]
    const { status, stderr } = spawnSync('openssl', [...words, 'uapi-emulator-cert.pem'], { cwd: folder })
    t.equal(status, 0, String(stderr))
  })
})

t.test('curl trusts the authority', { skip: !has('curl') && 'curl is not installed' }, async t => {
  const folder = t.testdir()
  const port = await listen(t, await load(folder))
  const words = ['--silent', '--show-error', '--cacert', join(folder, CA), `https://localhost:${port}/`]
  t.equal((await promisify(execFile)('curl', words)).stdout, '{}')
})

t.test('rustls trusts the authority, in Deno', { skip: !has('deno') && 'deno is not installed' }, async t => {
  const folder = t.testdir({ 'try.js': 'console.log(await (await fetch(Deno.args[0])).text())' })
  const port = await listen(t, await load(folder))
  const words = ['run', '--allow-net', '--cert', join(folder, CA), join(folder, 'try.js'), `https://localhost:${port}/`]
  t.match((await promisify(execFile)('deno', words)).stdout, '{}')
})

t.test('a certificate is renewed when a third of its time is left, and its authority stays', async t => {
  const folder = t.testdir()
  const now = Date.now()
  const first = await load(folder, now)
  const authority = readFileSync(join(folder, CA), 'utf8')
  t.equal((await load(folder, now + 260 * DAY)).cert, first.cert)
  const later = await load(folder, now + 265 * DAY)
  t.not(later.cert, first.cert)
  t.equal(later.warning, undefined, 'clients need not do anything')
  t.equal(readFileSync(join(folder, 'uapi-emulator-cert.pem'), 'utf8'), later.cert)
  t.equal(readFileSync(join(folder, CA), 'utf8'), authority)

  const last = await load(folder, now + 3600 * DAY)
  t.equal(readFileSync(join(folder, CA), 'utf8'), authority)
  t.equal(new X509Certificate(last.cert).validTo, new X509Certificate(authority).validTo, 'it ends with its authority')
  const after = await load(folder, now + 3649 * DAY)
  t.match(after.warning, `the certificate authority ${join(folder, CA)} was replaced, because it expires on`)
  t.not(readFileSync(join(folder, CA), 'utf8'), authority)
})

t.test('an authority that cannot sign is replaced, with a line that says so', async t => {
  const folder = t.testdir()
  const key = join(folder, 'uapi-emulator-ca-key.pem')
  await load(folder)
  for (const [spoil, reason] of [
    [() => rmSync(key), 'its key is missing'],
    [() => writeFileSync(key, readFileSync(join(folder, 'uapi-emulator-key.pem'))), 'it does not belong to its key'],
    [() => writeFileSync(key, ''), 'it does not belong to its key'],
    [() => writeFileSync(join(folder, CA), 'no certificate'), 'it does not belong to its key']
  ] as const) {
    spoil()
    const { warning, cert } = await load(folder)
    t.equal(
      warning,
      `the certificate authority ${join(folder, CA)} was replaced, because ${reason}. Clients have to trust the new one.`
    )
    t.ok(new X509Certificate(cert).checkIssued(new X509Certificate(readFileSync(join(folder, CA)))))
    t.equal((await load(folder)).warning, undefined, 'once')
  }
  rmSync(join(folder, CA))
  t.equal((await load(folder)).warning, undefined, 'where there is none, nobody trusts it')
})

t.test('a self-signed certificate of an earlier version is served until it is removed', async t => {
  const folder = t.testdir({ other: {} })
  const names = new X509Certificate((await load(join(folder, 'other'))).cert).subjectAltName ?? ''
  const all = names.split(', ').map(name => name.replace(/^.*?:/, '').replace('0:0:0:0:0:0:0:1', '::1'))
  const old = await writeSelfSigned(folder, all, 800)
  const path = join(folder, 'uapi-emulator-cert.pem')
  const kept = await load(folder)
  t.equal(kept.cert, old)
  t.equal(kept.path, path, 'it is what clients trust')
  t.match(kept.warning, `the certificate ${path} is its own authority, as earlier versions made it`)
  t.match(kept.warning, `Remove it with ${join(folder, 'uapi-emulator-key.pem')} and start again`)
  t.notOk(existsSync(join(folder, CA)))

  const wider = await load(folder, Date.now(), { allowedHosts: ['new.test'] })
  t.match(
    wider.warning,
    `the certificate ${path} was replaced, because it lacks new.test. Clients have to trust ${join(folder, CA)} now.`
  )
  t.equal(wider.path, join(folder, CA))

  await writeSelfSigned(folder, all, 0.5)
  t.match((await load(folder)).warning, `the certificate ${path} was replaced, because it expires on`)
  await writeSelfSigned(folder, all, 800)
  rmSync(path)
  const removed = await load(folder)
  t.strictSame([removed.path, removed.warning], [join(folder, CA), undefined])
})

t.test('starts at the same time on one folder give one authority and pairs that belong together', async t => {
  const folder = t.testdir()
  const servers = await Promise.all(
    [0, 1, 2].map(() => serve(t, ['--database', ':memory:', '--tls', '--tls-dir', folder]))
  )
  const ca = readFileSync(join(folder, CA), 'utf8')
  for (const { ready } of servers)
    t.equal((await call(`${ready.url}/_emulator/health`, { ca })).status, 200, 'every one is trusted')
  await Promise.all(servers.map(server => server.stop()))
  const kept = await load(folder)
  t.strictSame(
    [kept.warning, readFileSync(join(folder, CA), 'utf8')],
    [undefined, ca],
    'and nothing has to be repaired'
  )
  t.strictSame(
    readdirSync(folder).filter(name => !name.endsWith('.pem')),
    [],
    'no lock and no new file is left'
  )
})

t.test('a lock that was left behind is removed', async t => {
  const folder = t.testdir({ 'uapi-emulator-tls.lock': '1' })
  const longAgo = new Date(Date.now() - DAY)
  utimesSync(join(folder, 'uapi-emulator-tls.lock'), longAgo, longAgo)
  t.equal((await load(folder)).path, join(folder, CA))
  t.notOk(existsSync(join(folder, 'uapi-emulator-tls.lock')))
})

t.test(
  'an authority in a folder that cannot be written signs certificates in memory',
  { skip: NOT_WINDOWS || AS_ROOT },
  async t => {
    const folder = t.testdir()
    await load(folder)
    chmodSync(folder, 0o500)
    t.teardown(() => chmodSync(folder, 0o700))
    const { cert, path, warning } = await load(folder, Date.now(), { allowedHosts: ['new.test'] })
    t.strictSame([path, warning], [join(folder, CA), undefined])
    t.ok(new X509Certificate(cert).checkHost('new.test'))
  }
)

t.test(
  'without a writable temporary folder, that of work holds the certificate, and nothing when neither can be written',
  async t => {
    const folder = t.testdir()
    const nowhere = { TMPDIR: join(folder, 'no'), TMP: join(folder, 'no'), TEMP: join(folder, 'no') }
    const server = await serve(t, ['--database', ':memory:', '--tls'], { cwd: folder, env: nowhere })
    const path = server.ready.certificate ?? ''
    t.match(path, folder)
    t.equal((await call(`${server.ready.url}/_emulator/health`, { ca: readFileSync(path, 'utf8') })).status, 200)
    await server.stop()
    t.strictSame(readdirSync(folder), [], 'it is removed at the end')
  }
)

const LINUX = process.platform !== 'linux' && 'elsewhere no folder is known that nobody can write'
t.test(
  'where no folder can be written, the authority is in memory, and a line says how to get one',
  { skip: LINUX },
  async t => {
    const nowhere = { TMPDIR: join(t.testdir(), 'no') }
    const program = launch(['--port', '0', '--database', ':memory:', '--tls'], { cwd: '/proc', env: nowhere })
    t.teardown(() => program.stop('SIGKILL'))
    await until(() => program.out().includes('Stop it with'))
    t.notMatch(program.out(), 'certificate  ')
    t.match(program.out(), /curl --insecure .*https:\/\//)
    const { code, err } = await program.stop()
    t.equal(code, 0)
    t.match(err, /WARN: the certificate authority is in memory only, .*Name a folder for it with --tls-dir/)
  }
)
