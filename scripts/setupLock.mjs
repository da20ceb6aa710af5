/** One set-up at a time per checkout: two `npm ci` in one folder take each other's files away. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say, startHeartbeat } from './progress.mjs';

const pollMillis = 250;

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * @param {string} file
 * @returns {number | null} the living process that holds the lock; a lock of a dead one is taken away
 */
function lockHolder(file) {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const pid = Number(text);
  if (Number.isInteger(pid) && pid > 0 && isAlive(pid)) return pid;
  rmSync(file, { force: true });
  return null;
}

/**
 * @param {string} file
 * @returns {'taken' | 'held' | 'unwritable'}
 */
function tryLock(file) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return 'taken';
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST' ? 'held' : 'unwritable';
  }
}

/**
 * Waits until no other process works under the lock, then runs the work under it. A checkout that cannot be written to
 * has nothing to protect: the work runs as it is.
 * @template T
 * @param {string} file holds the pid while the lock is taken
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function underLock(file, work) {
  let state = tryLock(file);
  if (state === 'held') {
    let holder = lockHolder(file);
    if (holder !== null) say(`Another set-up of this checkout is running (process ${holder}); waiting for it.`);
    const stopHeartbeat = startHeartbeat('waiting');
    try {
      for (; state === 'held'; state = tryLock(file)) {
        if (holder !== null) await delay(pollMillis);
        holder = lockHolder(file);
      }
    } finally {
      stopHeartbeat();
    }
  }
  if (state === 'unwritable') return work();
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
