import type { Consent } from '../../service/access/oauth.js'
import { BRAND, type Html, html } from '../html.js'

/** The page on which a user allows or denies an app to act for them. Its form posts to its own address. */
export const consentPage = ({ app, user, redirectUri, state }: Consent): Html => html`
<main>
<p class="brand">${BRAND}</p>
<h1>Allow ${app.name ?? app.clientId} to use UnifiedAPI?</h1>
<p><strong>${app.name ?? app.clientId}</strong> asks to act as <strong>${user.name}</strong> (user ${user.id}).
It would see and change the phone call events that this user may.</p>
<p>You will be sent to <code>${redirectUri}</code>.</p>
<form method="post">
<input type="hidden" name="response_type" value="code">
<input type="hidden" name="client_id" value="${app.clientId}">
<input type="hidden" name="redirect_uri" value="${redirectUri}">
<input type="hidden" name="state" value="${state}">
<button class="primary" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
</main>
<footer>A test double of the vendor's service. No login is needed.</footer>`

/** The page for a consent request with an error that cannot be redirected to the app. */
export const refusalPage = (code: string, message: string): Html => html`
<main>
<p class="brand">${BRAND}</p>
<h1>The app cannot be authorized</h1>
<p class="problem">${message}</p>
<p><code>${code}</code></p>
</main>
<footer>The request of the app is wrong. Nothing was sent to the app.</footer>`
