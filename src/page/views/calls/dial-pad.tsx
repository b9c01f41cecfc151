import { signal } from '@preact/signals'

/** Whether the dial pad is open. */
export const isDialOpen = signal(false)
