import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { ControlErrorCode } from '../../domain/errors/control.js'
import { BODY_BOUNDS } from '../../schema/body-bounds.js'
import type { AnswerOf, ControlOperation, PartOf } from '../../schema/control-api/operation.js'
import { NO_QUERY } from './validation.js'

/** Operations by name, whose errors are codes of the catalogue. */
export type Operations = Readonly<Record<string, ControlOperation & { errors?: readonly ControlErrorCode[] }>>

/**
 * The handler of an operation: gets the parts of the request as the table types them, and returns the answer, or the
 * reply when it has sent the answer itself.
 */
export type Handler<Operation extends ControlOperation> = (
  request: RequestOf<Operation>,
  reply: FastifyReply
) => Operation extends { streamed: true }
  ? Promise<void>
  : AnswerOf<Operation> | FastifyReply | Promise<AnswerOf<Operation>>

/** A handler for each operation of a table. */
export type Handlers<Table extends Operations> = { [Name in keyof Table]: Handler<Table[Name]> }

type RequestOf<Operation> = FastifyRequest<{
  Params: PartOf<Operation, 'params'>
  Querystring: PartOf<Operation, 'query'>
  Headers: PartOf<Operation, 'headers'>
  Body: PartOf<Operation, 'body'>
}>

/** Registers a route for each operation of a table. */
export function addRoutes<Table extends Operations>(
  app: FastifyInstance,
  table: Table,
  handlers: NoInfer<Handlers<Table>>
): void {
  // A handler takes the request that its own row describes, and that is what its route validates.
  for (const [name, operation] of Object.entries(table))
    app.route(routeOf(name, operation, handlers[name] as AnyHandler))
}

/** A signal that is aborted when the client disconnects. */
export function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}

/** The path of the router: `/calls/:callId` for `/calls/{callId}`. */
export const routerPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

type AnyHandler = (request: FastifyRequest, reply: FastifyReply) => unknown

/** The parameters of paths are not validated: an id that cannot exist is unknown, like any other. */
function routeOf(name: string, operation: ControlOperation, handler: AnyHandler): RouteOptions {
  const { method, path, query = NO_QUERY, headers, body, checkedBody = body } = operation
  const { open = false, whileStopping = false, largeBody = false, head = false, reads = false } = operation
  const bounds = largeBody ? BODY_BOUNDS.fixture : BODY_BOUNDS.control
  return {
    method,
    url: routerPath(path),
    schema: {
      operationId: name,
      querystring: query,
      ...(headers && { headers }),
      ...(checkedBody && { body: checkedBody })
    },
    config: { open, whileStopping, largeBody, reads, bounds },
    exposeHeadRoute: head,
    bodyLimit: bounds.bytes,
    handler: withStatus(Number(Object.keys(operation.responses)[0]), handler)
  }
}

/** Answers with the first status of the responses, unless the handler sets another one. */
function withStatus(status: number, handler: AnyHandler): RouteHandlerMethod {
  return async (request, reply) => {
    reply.code(status)
    return handler(request, reply)
  }
}
