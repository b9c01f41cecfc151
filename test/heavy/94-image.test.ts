import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { TOKENS } from '../support/emulator.js'
import { call, ROOT, startProgram, until } from '../support/program.js'

/** The files that the build of the container image gets: what .dockerignore does not leave out. */
const context = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .flatMap(line => (line.startsWith('!') ? [line.slice(1)] : []))

/** The files and folders of the build that the image gets. */
const copied = [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^COPY --from=build (.+)$/gm)].flatMap(
  ([, words = '']) =>
    words
      .split(' ')
      .slice(0, -1)
      .map(path => path.replace('/app/', ''))
)

// No container engine is needed: the same files are built and copied in folders. What the image installs is not tested.
t.test('the files of the container image can be built, and the emulator in it serves and compares', async t => {
  const folder = t.testdir()
  const [build, image] = [join(folder, 'build'), join(folder, 'image')]
  const copy = (path: string, from: string, to: string) => {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(join(from, path), join(to, path), { recursive: true, preserveTimestamps: true })
  }
  const linkModules = (to: string) => symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'))
  for (const path of context) copy(path, ROOT, build)
  linkModules(build)
  const built = await startProgram(process.execPath, ['scripts/prepare.mjs', '--rebuild'], { cwd: build }).ended
  t.equal(built.code, 0, built.err)
  for (const path of copied) copy(path, build, image)
  linkModules(image)
  rmSync(join(build), { recursive: true })

  const main = join(image, 'dist/main.js')
  const words = ['serve', '--database', ':memory:', '--port', '0', '--json']
  const server = startProgram(process.execPath, [main, ...words], { cwd: image })
  t.teardown(() => server.stop())
  await until(() => server.out().includes('\n'))
  const { url } = JSON.parse(server.out().split('\n')[0] ?? '')
  for (const path of [
    '/',
    '/_emulator/docs',
    '/_emulator/openapi/control.json',
    '/_emulator/openapi/uapi.json',
    '/readyz'
  ])
    t.equal((await call(url + path)).status, 200, path)
  const reset = (body?: object) => call(`${url}/_emulator/reset`, { method: 'POST', body })
  t.equal((await reset({ fixture: 'call-centre' })).status, 200, 'a named fixture')
  t.equal((await reset()).status, 200)
  const compare = ['compare', '--upstream', url, '--token', TOKENS.user, '--extension', '0003*210']
  t.match(await startProgram(process.execPath, [main, ...compare], { cwd: image }).ended, { code: 0, err: '' })
})
