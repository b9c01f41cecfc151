import Type from 'typebox'

/** The pattern of ids that are counted from 1. */
export const SERIAL_ID = '^[1-9][0-9]{0,14}$'

/** An id that is counted from 1: of a request, a delivery or a fault. */
export const SerialId = (description: string) => Type.String({ pattern: SERIAL_ID, description })
