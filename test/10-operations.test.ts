import t from 'tap'
import { EVENTS, NOW_PRINTED, PAGE_EVENT, PAGE_HEADERS, start } from './support/emulator.js'

t.test("the vendor page's own requests answer what the page shows", async t => {
  const { ask, url } = await start(t)
  const asPage = { as: null, headers: PAGE_HEADERS }
  const self = (id: string) => ({ self: `${url}${EVENTS}/0/${id}` })

  const created = await ask('POST', `${EVENTS}/0/`, {
    ...asPage,
    body: '{"method":"0","note":"My phone call event is awesome","url":"http://myevent.com/SaveMyPhoneCallDetails","status":"1"}'
  })
  t.equal(created.status, 200)
  t.strictSame(created.body, {
    PhoneCallEvent: {
      type: '0',
      id: '000000000000000000000000000001',
      method: '0',
      note: 'My phone call event is awesome',
      url: 'http://myevent.com/SaveMyPhoneCallDetails',
      status: '1',
      modified: NOW_PRINTED,
      links: self('000000000000000000000000000001')
    }
  })

  t.equal(
    (await ask('GET', `${EVENTS}/0/${PAGE_EVENT}`, asPage)).body[0].entry[0].modified,
    '2012-07-10T18:16:12+03:00'
  )
})
