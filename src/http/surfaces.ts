import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { replyWithControlError } from './control/error-handler.js'
import { nameRequest } from './hooks/guard.js'
import { type FindJournal, recordRequest } from './hooks/journal.js'
import { replyWithOAuthError } from './oauth/error-handler.js'
import { replyWithUapiError } from './uapi/error-handler.js'

/**
 * Answers what the router itself refuses, such as a path that cannot be decoded. No scope is entered then, so the path
 * tells in whose shape.
 */
export function replyToFrameworkError(find: FindJournal) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    nameRequest(request, reply)
    void handlerOf(request.url)(error, request, reply).then(body => {
      if (!/^\/_emulator(?:[/?]|$)/.test(request.url)) recordRequest(request, reply, JSON.stringify(body), find)
      return reply.send(body)
    })
  }
}

function handlerOf(url: string) {
  if (/^\/uapi(?:[/?]|$)/.test(url)) return replyWithUapiError
  return /^\/oauth(?:[/?]|$)/.test(url) ? replyWithOAuthError : replyWithControlError
}
