export { cacheFolder, type Finding, type FindOptions, findTool } from './find-tool.ts'
export { type Archive, bubblewrapTool, natsServerTool, type Release, type Tool } from './tool.ts'
