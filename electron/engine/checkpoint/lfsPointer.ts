/** Git LFS pointers: what a clone without LFS leaves in place of the large files, a few lines of text each. */

const firstWord = 'version ';

/** @param start the first characters of a file; 8 of them are enough to suspect one */
export function looksLikeLfsPointer(start: string): boolean {
  return start === firstWord || start.startsWith('version https://git-lfs.github.com/spec/');
}

export const lfsPointerText = 'is a Git LFS pointer, not the file itself';
export const lfsPointerHint = 'Run "git lfs pull" in the folder, or download the file again.';
