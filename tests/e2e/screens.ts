import { inRoot } from '../../scripts/project.mjs';

/** Where the pictures of every view go. */
export const screensFolder = inRoot('test-results', 'screens');
