// Click to call: rings an extension, connects it with a number, and hangs up after some seconds of talk.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from './pbx.mjs'

const { APP_URL = 'http://127.0.0.1:3000', EXTENSION = '0003*210' } = process.env
const [number = '+40700000001', seconds = '1'] = process.argv.slice(2)
const STATUS = { 3: `${EXTENSION} rings`, 4: `${number} rings`, 5: 'talking' }

const webhooks = createServer(({ url }, response) => {
  const { pathname, searchParams } = new URL(url, APP_URL)
  console.log(`webhook ${pathname}: ${searchParams.get('CallStatus')}`)
  response.end(() => webhooks.emit(`${pathname} ${searchParams.get('CallAPIID')}`))
}).listen(new URL(APP_URL).port)

const pbx = await connect()
const events = `/uapi/extensions/@me/${EXTENSION}/phoneCallEvents`
const registered = []
try {
  for (const [type, path] of Object.entries({ 1: '/dial-out', 2: '/hangup' })) {
    const { PhoneCallEvent } = await pbx('POST', `${events}/${type}`, { method: '0', url: APP_URL + path })
    registered.push(`${events}/${type}/${PhoneCallEvent.id}`)
  }
  const phoneCallView = [{ source: [EXTENSION], destination: [number] }]
  const placed = await pbx('POST', '/uapi/phoneCalls/@me/simple', { extension: EXTENSION, phoneCallView })
  const call = `/uapi/phoneCalls/@me/${EXTENSION}/${placed[0].id}`
  const hangup = once(webhooks, `/hangup ${placed[0].id}`)
  const hungUpWithin = time => Promise.race([hangup, pause(time * 1000, undefined, { ref: false })])

  for (let [now] = placed, shown; now; [now] = (await pbx('GET', call)).entry) {
    const status = Number(now.phoneCallView[0].status)
    if (status !== shown) console.log(STATUS[status])
    shown = status
    if (status === 5 && !(await hungUpWithin(seconds))) await pbx('DELETE', call)
    await pause(100)
  }
  await hungUpWithin(1) // its webhook may arrive after the call has left the list
} finally {
  for (const event of registered) await pbx('DELETE', event)
  webhooks.close()
}
console.log('over')
