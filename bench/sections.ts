/** The sections in the order in which they run. */
import type { BenchSection } from './section.ts';
import { ceilings } from './sections/ceilings.ts';
import { decoding } from './sections/decoding.ts';
import { loading } from './sections/loading.ts';
import { opening } from './sections/opening.ts';

export const sections: readonly BenchSection[] = [ceilings, opening, loading, decoding];
