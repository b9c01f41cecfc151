/** Listens on a free port, and prints a ready line, as the emulator does with --json. */
export function listenAndSay(server) {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`)
  })
}

/** A phone call event as on the wire. */
export const printed = {
  type: '0',
  id: 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq',
  method: '0',
  note: 'My phone call event is awesome',
  url: 'http://myevent.com/SaveMyPhoneCallDetails',
  status: '1',
  modified: '2015-12-04T10:52:50+02:00',
  links: {
    self: 'http://127.0.0.1:4772/uapi/extensions/@me/0003*210/phoneCallEvents/0/NqeyDRqo4FtabmFj8gNWq3hsiGNYyq'
  }
}
