import { signal } from '@preact/signals'
import type { ComponentType, JSX } from 'preact'
import { Button } from './parts/button.js'

/** The parts that are not loaded yet. */
const unloaded = new Set<() => Promise<void>>()

/**
 * A component whose code is loaded when it is first shown, or when the browser has nothing else to do: the page appears
 * before all of it is there.
 * @param load imports it
 */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element {
  const loaded = signal<ComponentType<Props> | 'failed' | undefined>(undefined)
  let loading: Promise<void> | undefined
  const begin = () => {
    loading ??= load().then(
      component => {
        unloaded.delete(begin)
        loaded.value = component
      },
      () => {
        loading = undefined
        loaded.value = 'failed'
      }
    )
    return loading
  }
  unloaded.add(begin)
  return props => {
    const Component = loaded.value
    if (Component === 'failed') return <NotLoaded onRetry={() => void begin()} />
    if (Component !== undefined) return <Component {...props} />
    void begin()
    return <p class="loading muted">Loading …</p>
  }
}

/** Loads all parts, so that they are there when the emulator is not. */
export async function loadRest(): Promise<void> {
  for (const begin of [...unloaded]) await begin()
}

const NotLoaded = ({ onRetry }: { onRetry: () => void }): JSX.Element => (
  <div class="empty" role="alert">
    <p>This part of the page could not be loaded: the emulator does not answer, or is another version now.</p>
    <Button onClick={onRetry}>Try again</Button> <Button onClick={() => location.reload()}>Reload the page</Button>
  </div>
)
