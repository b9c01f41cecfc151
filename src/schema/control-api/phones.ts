import Type from 'typebox'
import { Phone, PhoneList, PhoneQuery, PhoneSetting, PhonesCleared } from '../phone.js'
import { type ControlOperation, NoContent } from './operation.js'

const params = Type.Object({ number: Phone.properties.number })

/** How parties behave when a request of the vendor's API rings them. @source control-api.md "State" */
export const PHONES = {
  listPhones: {
    method: 'GET',
    path: '/phones',
    tag: 'Phones',
    summary: 'List the phones that were set',
    description: 'In the order in which their numbers were first set.',
    query: PhoneQuery,
    responses: { 200: PhoneList }
  },
  clearPhones: {
    method: 'DELETE',
    path: '/phones',
    tag: 'Phones',
    summary: 'Remove all phones',
    description: 'Every number has the defaults again.',
    responses: { 200: PhonesCleared }
  },
  getPhone: {
    method: 'GET',
    path: '/phones/{number}',
    tag: 'Phones',
    summary: 'Get the phone of a number',
    description: 'The defaults for a number that was never set.',
    params,
    responses: { 200: Phone }
  },
  setPhone: {
    method: 'PUT',
    path: '/phones/{number}',
    tag: 'Phones',
    summary: 'Set the phone of a number',
    description:
      'Replaces it: members that are left out get their defaults. An extension that is dialled by another of its numbers ' +
      'behaves as the phone of that number, else as that of its extended number.',
    params,
    body: PhoneSetting,
    responses: { 200: Phone }
  },
  removePhone: {
    method: 'DELETE',
    path: '/phones/{number}',
    tag: 'Phones',
    summary: 'Remove the phone of a number',
    description: 'The number has the defaults again.',
    params,
    responses: { 204: NoContent },
    errors: ['phone_unknown']
  }
} as const satisfies Record<string, ControlOperation>
