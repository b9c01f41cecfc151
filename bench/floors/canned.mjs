// The limit of the platform: node:http with one constant answer.
import http from 'node:http'
import { listenAndSay, printed } from './listen.mjs'

const body = JSON.stringify([
  { startIndex: 0, totalResults: 1, itemsPerPage: 20, filtered: true, sorted: true, entry: [printed] }
])

const server = http.createServer((_request, response) => {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
})
listenAndSay(server)
