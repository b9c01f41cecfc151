import { watchTheme } from '../frame/theme.js'
import { startRoute } from '../route.js'
import { startSeconds } from './clock.js'
import { connect } from './connection.js'
import { takeToken } from './token.js'

/** Starts the page: takes the token out of the address first, and connects. */
export function start(): void {
  takeToken()
  startRoute()
  watchTheme()
  startSeconds()
  connect()
  addEventListener('hashchange', () => {
    takeToken() // a link with a token was opened in this tab
    connect()
  })
}
