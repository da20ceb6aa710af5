import { useEffect, useRef, useState } from 'react';

/**
 * The value, renewed at most every `millis` while `live`, and at once when it is not: charts are costly to draw,
 * but the last state must never be missing.
 */
export function useThrottled<V>(value: V, live: boolean, millis = 500): V {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  }, [value]);
  useEffect(() => {
    if (!live) return;
    setShown(latest.current);
    const timer = setInterval(() => setShown(latest.current), millis);
    return () => clearInterval(timer);
  }, [live, millis]);
  return live ? shown : value;
}
