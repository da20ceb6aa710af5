/**
 * Asks the engine once a second whether it still answers. Counts questions, not the clock: a machine that slept has missed
 * none. One thread of the engine makes plans and answers, so a plan of half a million tensors answers late; an engine that
 * is at work is given longer than one that does nothing.
 */
import type { EngineSilence } from '../common/contract.ts';

/** Seconds between two questions. */
const interval = 1;
/** Seconds without an answer before a word is said: of an engine that does nothing, and of one that is at work. */
export const patience = { resting: 5, working: 30 } as const;
/** Share of one core from which on an engine counts as at work. */
const workingShare = 0.2;

export interface WatchedEngine {
  /** Asks; the answer comes back through `answered`. */
  ask(): void;
  /** Processor time that the engine has used since it began, in seconds; null where the system does not say. */
  processorSeconds(): number | null;
  /** Called with every change, once a second while the silence lasts; null = it answers (again). */
  tell(silence: EngineSilence | null): void;
}

export class EngineWatch {
  readonly #engine: WatchedEngine;
  #timer: NodeJS.Timeout | null = null;
  #asked = false;
  #silentFor = 0;
  #usedBefore: number | null = null;
  #told = false;

  constructor(engine: WatchedEngine) {
    this.#engine = engine;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(() => this.tick(), interval * 1000);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#asked = false;
    this.#silentFor = 0;
    this.#told = false;
  }

  /** One interval has passed. */
  tick(): void {
    if (!this.#asked) {
      this.#asked = true;
      this.#usedBefore = this.#engine.processorSeconds();
      this.#engine.ask();
      return;
    }
    this.#silentFor += interval;
    const used = this.#engine.processorSeconds();
    const share = used === null || this.#usedBefore === null ? 0 : (used - this.#usedBefore) / this.#silentFor;
    const working = share >= workingShare;
    if (this.#silentFor < (working ? patience.working : patience.resting)) return;
    this.#told = true;
    this.#engine.tell({ seconds: this.#silentFor, working });
  }

  answered(): void {
    this.#asked = false;
    this.#silentFor = 0;
    if (this.#told) this.#engine.tell(null);
    this.#told = false;
  }
}
