// Page
//
// Owns:   the frame around the inspector's page: it passes messages from the WebSocket on, and shows how many were lost.
//
// G1. The inspector's page begins by saying that it is there; each time it does it is told everything anew.
// G2. It is talked to under its own origin, and nobody else is listened to.
// G3. The token leaves the address bar at once, so that neither history nor a screenshot keeps it.

import { PROTOCOL } from './page-token.ts'

const CONNECTED = '@statelyai.connected'

/** The HTML; `page` is the address of the inspector's own page. */
export function framePage(page: URL): string {
  const settings = JSON.stringify({
    page: page.href,
    origin: page.origin,
    connected: CONNECTED,
    protocol: PROTOCOL,
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Canopy: inspector</title>
<style>
  * { margin: 0; padding: 0; box-sizing: border-box }
  html, body { height: 100% }
  body { display: flex; flex-direction: column; font: 13px/2 system-ui, sans-serif }
  iframe { flex: 1; width: 100%; border: 0 }
  #news { padding: 0 1em; background: #222; color: #ddd }
</style>
</head>
<body>
<div id="news" role="status">waiting for the inspector's page</div>
<iframe id="inspector" title="Inspector"></iframe>
<script type="module">
const settings = ${settings.replaceAll('<', '\\u003c')}
const inspector = document.getElementById('inspector')
const news = document.getElementById('news')
if (location.hash.length > 1) {
  sessionStorage.setItem('token', location.hash.slice(1))
  history.replaceState(null, '', location.pathname)
}
const token = sessionStorage.getItem('token')
let socket

function open() {
  if (token === null) {
    news.textContent = 'open the whole address that canopy inspect printed, with what follows the #'
    return
  }
  if (socket) socket.onclose = null
  socket?.close()
  socket = new WebSocket('ws://' + location.host + '/page', [settings.protocol, token])
  socket.onmessage = ({ data }) => {
    const told = JSON.parse(data)
    if (told.type === '@canopy.news') news.textContent = told.text
    else inspector.contentWindow.postMessage(told, settings.origin)
  }
  socket.onclose = () => {
    news.textContent = 'canopy inspect is gone; trying again'
    setTimeout(open, 1000)
  }
}

addEventListener('message', ({ source, data }) => {
  if (source === inspector.contentWindow && data?.type === settings.connected) open()
})
inspector.src = settings.page
</script>
</body>
</html>
`
}
