export { type Bridge, type BridgeOptions, type BridgeState, startBridge } from './bridge.ts'
export { openInspectorLink } from './inspector-link.ts'
export { type InspectorPage, type InspectorPageOptions, openInspectorPage } from './inspector-page.ts'
export { emptyProjection, type InspectorCall, type Projection, project } from './projection.ts'
