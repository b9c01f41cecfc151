// The receiver of webhooks: answers 200 at once.
import http from 'node:http'
import { listenAndSay } from './listen.mjs'

listenAndSay(http.createServer((request, response) => void request.resume().once('end', () => response.end('ok'))))
