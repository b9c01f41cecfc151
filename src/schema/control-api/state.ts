import Type from 'typebox'
import { Fixture } from '../fixture.js'
import { SettingsInForce } from '../settings.js'
import { Directory, Health, ResetRequest, SettingsChange, StateCounts } from '../state.js'
import type { ControlOperation } from './operation.js'

/** Health, directory, fixtures and settings. @source control-api.md "State" */
export const STATE = {
  getHealth: {
    method: 'GET',
    path: '/health',
    tag: 'State',
    summary: 'Get health',
    responses: { 200: Health },
    open: true,
    whileStopping: true,
    head: true
  },
  resetState: {
    method: 'POST',
    path: '/reset',
    tag: 'State',
    summary: 'Reset the state',
    description:
      'Deletes everything but snapshots and sandboxes, then loads the given fixture, or those that the emulator was started with: files are read again. Pending deliveries are discarded.',
    body: ResetRequest,
    checkedBody: Type.Object({ fixture: Type.Optional(Type.Any()) }, { additionalProperties: false }),
    responses: { 200: StateCounts },
    errors: ['fixture_invalid'],
    largeBody: true
  },
  loadFixture: {
    method: 'POST',
    path: '/fixtures',
    tag: 'State',
    summary: 'Load a fixture',
    description:
      'Merges the fixture into the state, all or nothing: an entry with an existing id or number replaces it. Returns the counts afterwards.',
    body: Fixture,
    checkedBody: Type.Any(),
    responses: { 200: StateCounts },
    errors: ['fixture_invalid'],
    largeBody: true
  },
  getFixture: {
    method: 'GET',
    path: '/fixtures',
    tag: 'State',
    summary: 'Export the state as a fixture',
    description: 'The fixture loads back to the same state. It contains every secret.',
    responses: { 200: Fixture },
    streamed: true
  },
  getDirectory: {
    method: 'GET',
    path: '/directory',
    tag: 'State',
    summary: 'List the directory',
    description: 'Organizations, users, extensions and apps, without secrets.',
    responses: { 200: Directory }
  },
  getSettings: {
    method: 'GET',
    path: '/settings',
    tag: 'State',
    summary: 'Get the settings',
    description: 'The settings in force, and in `origins` where each comes from.',
    responses: { 200: SettingsInForce }
  },
  changeSettings: {
    method: 'PATCH',
    path: '/settings',
    tag: 'State',
    summary: 'Change settings',
    description: 'The change takes precedence over flags and fixtures until a reset or a restart.',
    body: SettingsChange,
    responses: { 200: SettingsInForce }
  }
} as const satisfies Record<string, ControlOperation>
