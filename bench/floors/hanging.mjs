// A receiver of webhooks that accepts connections and requests, and never answers.
import http from 'node:http'
import { listenAndSay } from './listen.mjs'

listenAndSay(http.createServer(request => void request.resume()))
