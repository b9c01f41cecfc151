// The requests that the emulator and the floor are measured with.

export const PATH = '/uapi/extensions/@me/0003*210/phoneCallEvents'

/** The session of the vendor's page. */
export const SESSION = {
  'x-xsrf-token': '44HzZ6YIHDN6mbRY',
  cookie: 'dev=ffffffffffffffff2kjZMApYaH; xsrf-token=44HzZ6YIHDN6mbRY; vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f'
}
export const BEARER = { authorization: 'Bearer emulator-user-token' }

const JSON_TYPE = { 'content-type': 'application/json' }
const body = JSON.stringify({ method: '0', note: 'made by a benchmark', url: 'https://app.example/calls', status: '1' })

const get = (path, headers = SESSION) => ({ method: 'GET', path, headers })
const eventPath = ({ type, id }) => `${PATH}/${type}/${id}`
const create = { method: 'POST', path: `${PATH}/0`, headers: { ...SESSION, ...JSON_TYPE }, body }

/** Creates an event and deletes it: the number of events stays the same. */
const createAndDelete = [
  {
    ...create,
    onResponse(_status, text, context) {
      context.id = /"id":"([^"]+)"/.exec(text)?.[1]
    }
  },
  {
    method: 'DELETE',
    path: `${PATH}/0/none`,
    headers: SESSION,
    setupRequest: (request, { id }) => ({ ...request, path: `${PATH}/0/${id}` })
  }
]

const updateOf = event => ({ method: 'PUT', path: eventPath(event), headers: { ...SESSION, ...JSON_TYPE }, body })

/**
 * The loads. Each is the sequence of requests that every connection repeats.
 * @param sample existing events: type, id and url
 */
export const LOADS = {
  one: { title: 'one by id, cookies and xsrf', requests: sample => sample.map(event => get(eventPath(event))) },
  bearer: { title: 'one by id, bearer token', requests: sample => sample.map(event => get(eventPath(event), BEARER)) },
  list: { title: 'list of 20 of 1,000', requests: () => [get(PATH)] },
  filter: {
    title: 'filter by url',
    requests: sample => sample.map(({ url }) => get(`${PATH}?filterBy=url&filterValue=${encodeURIComponent(url)}`))
  },
  create: { title: 'create', requests: () => [create] },
  update: { title: 'update', requests: sample => sample.map(updateOf) },
  delete: { title: 'create and delete', requests: () => createAndDelete },
  mixed: {
    title: 'mixed: 10 by id, 4 lists, 2 updates, 1 create and delete',
    requests: sample => [
      ...sample.slice(0, 10).map(event => get(eventPath(event))),
      ...Array(4).fill(get(PATH)),
      ...sample.slice(10, 12).map(updateOf),
      ...createAndDelete
    ]
  }
}

/** Loads for the emulator only, on extensions of several sizes. */
export const DEEP_LOADS = {
  deep: { title: 'page at startIndex 5,000', requests: () => [get(`${PATH}?startIndex=5000`)] },
  filterId: {
    title: 'filter by id',
    requests: sample => sample.map(({ id }) => get(`${PATH}?filterBy=id&filterValue=${id}`))
  }
}
