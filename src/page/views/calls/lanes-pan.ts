import type { RefObject } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Window } from './lanes-window.js'

/** Pixels that the pointer moves before it drags. */
const SLACK = 4

/** Moves and zooms a drawing: drag, wheel, ctrl and wheel, arrow keys. @returns the handlers of its element */
export function usePan(view: Window, scroller: RefObject<HTMLElement | null>) {
  return useMemo(() => {
    let last: { x: number; y: number } | undefined
    let isDragging = false
    const leftOf = (element: HTMLElement) => element.querySelector('svg')?.getBoundingClientRect().left ?? 0
    return {
      onPointerDown(event: PointerEvent) {
        isDragging = false
        if (event.button === 0 && event.pointerType !== 'touch') last = { x: event.clientX, y: event.clientY }
      },
      onPointerMove(event: PointerEvent) {
        const element = scroller.current
        if (last === undefined || element === null) return
        const x = event.clientX - last.x
        const y = event.clientY - last.y
        if (!isDragging && Math.abs(x) + Math.abs(y) < SLACK) return
        if (!isDragging) element.setPointerCapture(event.pointerId)
        isDragging = true
        last = { x: event.clientX, y: event.clientY }
        if (x !== 0) view.panBy(-x)
        element.scrollTop -= y
      },
      onPointerUp: () => void (last = undefined),
      onPointerCancel: () => void (last = undefined),
      onDragStart: (event: DragEvent) => event.preventDefault(), // of a link
      onClickCapture(event: MouseEvent) {
        if (isDragging) event.preventDefault()
        if (isDragging) event.stopPropagation()
        isDragging = false
      },
      onWheel(event: WheelEvent) {
        const element = scroller.current
        if (element === null) return
        if (event.ctrlKey || event.metaKey) {
          view.zoomBy(Math.exp(-event.deltaY / 300), event.clientX - leftOf(element))
          return event.preventDefault()
        }
        const isFull = element.scrollHeight <= element.clientHeight
        const x = event.deltaX || (isFull || event.shiftKey ? event.deltaY : 0)
        if (x === 0) return
        view.panBy(x)
        event.preventDefault()
      },
      onKeyDown(event: KeyboardEvent) {
        const step = (scroller.current?.clientWidth ?? 800) / 6
        if (event.ctrlKey || event.metaKey || event.altKey) return
        if (event.key === 'ArrowLeft') view.panBy(-step)
        else if (event.key === 'ArrowRight') view.panBy(step)
        else if (event.key === 'Home') view.panBy(Number.NEGATIVE_INFINITY)
        else if (event.key === 'End') view.follow()
        else return
        event.preventDefault()
      }
    }
  }, [view])
}
