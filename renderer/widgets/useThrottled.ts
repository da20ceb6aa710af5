import { useEffect, useRef, useState } from 'react';

/**
 * The value, renewed at most every `millis` while `live`, and at once when it is not: charts are costly to draw,
 * but the first and the last state must never be missing.
 */
export function useThrottled<V>(value: V, live: boolean, millis = 500): V {
  const [shown, setShown] = useState(value);
  const renewedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (!live) {
      renewedAt.current = Number.NEGATIVE_INFINITY;
      return;
    }
    const renew = () => {
      renewedAt.current = performance.now();
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
  }, [value, live, millis]);
  return live ? shown : value;
}
