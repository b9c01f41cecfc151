import Type, { type Static } from 'typebox'

/** The fields of a phone call event that a list can be filtered by. @source contract §3; page "List › Query Parameters" */
export const FILTER_FIELDS = ['id', 'type', 'method', 'note', 'url', 'status', 'modified'] as const

/** Every field that `fields` may name. @source page "List › Query Parameters" */
export const FIELDS = ['type', 'id', 'method', 'note', 'url', 'status', 'modified', 'links'] as const

/** The comparisons of `filterOp`. @source contract §3 (v5 siblings) */
export const FILTER_OPS = ['equals', 'contains', 'startsWith', 'present'] as const

/** The values of `sortOrder`, and the direction of each. @source page (asc, desc); contract §3 (clients) */
export const SORT_ORDERS = { asc: 'asc', desc: 'desc', ascending: 'asc', descending: 'desc' } as const

// The keys of a const table are exactly its values.
const SORT_WORDS = Object.keys(SORT_ORDERS) as [keyof typeof SORT_ORDERS, ...(keyof typeof SORT_ORDERS)[]]

/** The numbers of a page. @source contract §3 (v3) */
export const COUNT = { minimum: 1, maximum: 5000, default: 20 } as const
export const START_INDEX = { minimum: 0, maximum: 5000, default: 0 } as const

/** The query of List, as documented. The domain validates it, so that every parameter has its own error. */
export const ListQuery = Type.Partial(
  Type.Object({
    count: Type.Integer({ ...COUNT, description: 'The maximum number of entries of a page.' }),
    startIndex: Type.Integer({ ...START_INDEX, description: 'The index of the first entry.' }),
    filterBy: Type.Enum([...FILTER_FIELDS], { description: 'The field to filter by.' }),
    filterOp: Type.Enum([...FILTER_OPS], { description: 'The comparison, in any letter case.', default: 'equals' }),
    filterValue: Type.String({ description: 'The value to compare with; required with filterBy unless present.' }),
    fields: Type.String({ description: `A comma separated list of ${FIELDS.join(', ')}, or @all.` }),
    sortOrder: Type.Enum(SORT_WORDS, {
      description: 'The direction, in any letter case. Entries are always ordered by url.',
      default: 'asc'
    }),
    accessRequestToken: Type.String({ description: 'A bearer token, instead of the Authorization header.' })
  })
)
export type ListQuery = Static<typeof ListQuery>

/** A field that a list can be filtered by. */
export type FilterField = (typeof FILTER_FIELDS)[number]
/** A field that `fields` can select. */
export type Field = (typeof FIELDS)[number]
/** A comparison. */
export type FilterOp = (typeof FILTER_OPS)[number]
/** A direction. */
export type SortOrder = (typeof SORT_ORDERS)[keyof typeof SORT_ORDERS]

/** The query of List, parsed. */
export interface Listing<By extends string = FilterField, Selected extends string = Field> {
  count: number
  startIndex: number
  filter?: { by: By; op: FilterOp; value: string }
  /** Absent when every field is selected. */
  fields?: Selected[]
  order: SortOrder
}
