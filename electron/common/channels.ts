/** Names of the channels between preload and main; apart from the schemas, so that preload stays small. */
export const channels = {
  openDialog: 'draftscope:open-dialog',
  openDropped: 'draftscope:open-dropped',
  openRecent: 'draftscope:open-recent',
  forgetRecent: 'draftscope:forget-recent',
  openDemo: 'draftscope:open-demo',
  reopen: 'draftscope:reopen',
  recent: 'draftscope:recent',
  restartEngine: 'draftscope:restart-engine',
  startLink: 'draftscope:start-link',
  copyText: 'draftscope:copy-text',
  saveFile: 'draftscope:save-file',
  savePicture: 'draftscope:save-picture',
  connect: 'draftscope:connect',
  engineStatus: 'draftscope:engine-status',
  enginePort: 'draftscope:engine-port',
} as const;
