import { useLayoutEffect, useRef, useState } from 'react';

/**
 * live: renewed at most every `millis`; the last value is drawn too, when it is due.
 * calm: as live, but does not hold back what comes next.
 * atOnce: every value.
 */
export type Pace = 'live' | 'calm' | 'atOnce';

/** The value, renewed at the given pace: charts are costly to draw. */
export function usePaced<V>(value: V, pace: Pace, millis = 500): V {
  const [shown, setShown] = useState(value);
  const renewedAt = useRef(Number.NEGATIVE_INFINITY);
  // Before the frame is drawn, so that a value that may be shown is not a frame late.
  useLayoutEffect(() => {
    if (pace === 'atOnce') {
      setShown(value);
      return;
    }
    const renew = () => {
      if (pace === 'live') renewedAt.current = performance.now();
      setShown(value);
    };
    const wait = renewedAt.current + millis - performance.now();
    if (wait <= 0) {
      renew();
      return;
    }
    // A newer value replaces the one that waits, at the same due time.
    const timer = setTimeout(renew, wait);
    return () => clearTimeout(timer);
  }, [value, pace, millis]);
  return pace === 'atOnce' ? value : shown;
}

/** Renewed at most every `millis` while `live`, and at once when it is not. */
export function useThrottled<V>(value: V, live: boolean, millis = 500): V {
  return usePaced(value, live ? 'live' : 'atOnce', millis);
}
