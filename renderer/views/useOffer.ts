import { useEffect, useRef } from 'react';
import type { Stores } from '../stores/createStores.ts';

/** Lets the palette save what this view shows, for as long as it shows it. An empty title offers nothing. */
export function useOffer(stores: Stores, title: string, save: () => unknown): void {
  const latest = useRef(save);
  useEffect(() => {
    latest.current = save;
  });
  useEffect(() => {
    if (title === '') return;
    return stores.exports.offer({ title, save: () => void latest.current() });
  }, [stores, title]);
}
