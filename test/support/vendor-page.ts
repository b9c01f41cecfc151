/**
 * The requests of the vendor page, word for word, and the answers that it shows.
 * @source page "Create", "List", "Update" and "Delete PhoneCallEvents"
 */
export const PAGE = {
  create: {
    curl: `curl 'https://api.hubgets.com/uapi/extensions/@me/0003*210/phoneCallEvents/0/' \\ 
 -H 'x-xsrf-token: 44HzZ6YIHDN6mbRY' \\ 
 -H 'content-type: application/json' \\ 
 -H 'cookie: dev=ffffffffffffffff2kjZMApYaH; xsrf-token=44HzZ6YIHDN6mbRY; vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f' \\ 
 --data-binary '{"method":"0","note":"My phone call event is awesome","url":"http://myevent.com/SaveMyPhoneCallDetails","status":"1"}'`,
    answer: `{
  "PhoneCallEvent": {
    "type": "0",
    "id": "NqeyDRqo4FtabmFj8gNWq3hsiGNYyq",
    "method": "0",
    "note": "My phone call event is awesome",
    "url": "http://myevent.com/SaveMyPhoneCallDetails",
    "status": "1",
    "modified": "2012-07-10T18:16:12+03:00",
    "links": {
      "self": "https://x.x.x.x/uapi/extensions/@me/0003*210/phoneCallEvents/MyPhoneCallEvent"
    }
  }
}`
  },
  list: {
    curl: `curl 'https://api.hubgets.com/uapi/extensions/@me/0003*210/phoneCallEvents/0/NqeyDRqo4FtabmFj8gNWq3hsiGNYyq' \\ 
 -H 'x-xsrf-token: 44HzZ6YIHDN6mbRY' \\ 
 -H 'content-type: application/json' \\ 
 -H 'cookie: dev=ffffffffffffffff2kjZMApYaH; xsrf-token=44HzZ6YIHDN6mbRY; vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f' \\ 
 --data-binary '{"startIndex":0,"totalResults":1,"itemsPerPage":5,"filtered":true,"sorted":true,"entry":[{"type":"0","id":"NqeyDRqo4FtabmFj8gNWq3hsiGNYyq","method":"0","note":"My phone call event is awesome","url":"http://myevent.com/SaveMyPhoneCallDetails","status":"1","modified":"2012-07-10T18:16:12+03:00","links":{"self":"https://x.x.x.x/uapi/extensions/@me/0003*210/phoneCallEvents/0/NqeyDRqo4FtabmFj8gNWq3hsiGNYyq"}}]}'`,
    answer: `[
  {
    "startIndex": 0,
    "totalResults": 1,
    "itemsPerPage": 5,
    "filtered": true,
    "sorted": true,
    "entry": [
      {
        "type": "0",
        "id": "NqeyDRqo4FtabmFj8gNWq3hsiGNYyq",
        "method": "0",
        "note": "My phone call event is awesome",
        "url": "http://myevent.com/SaveMyPhoneCallDetails",
        "status": "1",
        "modified": "2012-07-10T18:16:12+03:00",
        "links": {
          "self": "https://x.x.x.x/uapi/extensions/@me/0003*210/phoneCallEvents/0/NqeyDRqo4FtabmFj8gNWq3hsiGNYyq"
        }
      }
    ]
  }
]`
  },
  update: {
    curl: `curl 'https://api.hubgets.com/uapi/extensions/@me/0003*210/phoneCallEvents/0/NqeyDRqo4FtabmFj8gNWq3hsiGNYyq/' \\ 
 -X 'PUT' \\ 
 -H 'x-xsrf-token: 44HzZ6YIHDN6mbRY' \\ 
 -H 'content-type: application/json' \\ 
 -H 'cookie: dev=ffffffffffffffff2kjZMApYaH; xsrf-token=44HzZ6YIHDN6mbRY; vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f' \\ 
 --data-binary '{"method":"1","note":"I want to use POST for my event"}'`,
    answer: `{
  "PhoneCallEvent": {
    "type": "0",
    "id": "NqeyDRqo4FtabmFj8gNWq3hsiGNYyq",
    "method": "1",
    "note": "I want to use POST for my event",
    "url": "http://myevent.com/SaveMyPhoneCallDetails",
    "status": "1",
    "modified": "2012-07-10T18:16:12+03:00",
    "links": {
      "self": "https://x.x.x.x/uapi/extensions/@me/0003*210/phoneCallEvents/MyPhoneCallEvent"
    }
  }
}`
  },
  remove: {
    curl: `curl 'https://api.hubgets.com/uapi/extensions/@me/0003*210/phoneCallEvents/0/NqeyDRqo4FtabmFj8gNWq3hsiGNYyq'  \\ 
 -H 'x-xsrf-token: 44HzZ6YIHDN6mbRY' \\ 
 -H 'content-type: application/json' \\ 
 -H 'cookie: dev=ffhjshr2kjZMApYaH; xsrf-token=44HzZ6YIHDN6mbRY; vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f' \\ 
 --compressed`,
    answer: `[
  {
    "id": "NqeyDRqo4FtabmFj8gNWq3hsiGNYyq"
  }
]`
  }
} as const

/**
 * The bytes that curl sends for a line of the page, to another host.
 * @param otherwise the method, where the cURL line of the page has none
 */
export function bytesOf(curl: string, host: string, otherwise: string): string {
  const [, path = ''] = /^curl 'https:\/\/api\.hubgets\.com([^']*)'/.exec(curl) ?? []
  const [, method = otherwise] = /-X '(\w+)'/.exec(curl) ?? []
  const [, body = ''] = /--data-binary '([^']*)'/.exec(curl) ?? []
  const headers = [...curl.matchAll(/-H '([^']*)'/g)].map(([, header]) => header)
  if (curl.includes('--compressed')) headers.push('Accept-Encoding: deflate, gzip, br, zstd')
  if (body !== '') headers.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: curl/8.5.0',
    'Accept: */*',
    'Connection: close',
    ...headers,
    '',
    body
  ].join('\r\n')
}
