import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { type Surface, surfaceOf } from '../surfaces.js'

/** Number of answers of one operation. */
export interface AnswerCount {
  surface: Surface['name'] | 'none'
  operation: string
  /** By the first digit of the status: answers with 2xx are counted at index 2. */
  classes: number[]
}

/**
 * Counts the answers of every route that is declared after it. A request increments one number.
 * @returns the counts so far, of all sandboxes together
 */
export function countAnswers(app: FastifyInstance): () => readonly AnswerCount[] {
  const counts = new Map<string, AnswerCount>()
  const countOf = (surface: AnswerCount['surface'], operation: string): AnswerCount => {
    const key = `${surface} ${operation}`
    const count = counts.get(key) ?? { surface, operation, classes: [0, 0, 0, 0, 0, 0] }
    counts.set(key, count)
    return count
  }
  const unmatched = countOf('none', 'unmatched')

  app.addHook('onRoute', route => {
    const { config, schema, path } = route
    const operation = config?.operation ?? operationIdOf(schema) ?? path
    route.config = { ...config, answers: countOf(surfaceOf(path).name, operation) }
  })
  app.addHook('onResponse', function count(request, reply, done) {
    countAnswer(request, reply, unmatched)
    done()
  })
  return () => [...counts.values()]
}

/** Counts an answer that runs no onResponse hook, because its client disconnected before the end. */
export function countAnswer(
  { routeOptions }: FastifyRequest,
  { statusCode }: FastifyReply,
  otherwise?: AnswerCount
): void {
  const classes = (routeOptions.config?.answers ?? otherwise)?.classes
  const at = Math.trunc(statusCode / 100)
  if (classes) classes[at] = (classes[at] ?? 0) + 1
}

const operationIdOf = (schema: RouteOptions['schema']): string | undefined => {
  const id: unknown = Reflect.get(schema ?? {}, 'operationId') // as in the OpenAPI document
  return typeof id === 'string' ? id : undefined
}
