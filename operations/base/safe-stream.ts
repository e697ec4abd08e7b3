import type { Stream } from "./context";
import { redactKnown } from "./redact";
import { terminalText } from "./terminal-text";

/** The stream behind one that {@link safeStream} made, for what moves the cursor itself. */
const BEHIND = new WeakMap<Stream, Stream>();

/** The stream itself, for live displays: whoever draws on it cleans what others say. */
export const screenOf = (stream: Stream): Stream => BEHIND.get(stream) ?? stream;

/**
 * A stream for everything that leaves the program: text that a terminal only shows, without the
 * secrets of this process's environment.
 */
export function safeStream(stream: Stream, onWrite?: () => void): Stream {
  // Whether it is a terminal, and how wide, stays the stream's own to say.
  const safe = Object.create(stream) as Stream;
  safe.write = (text) => {
    onWrite?.();
    return stream.write(terminalText(redactKnown(text)));
  };
  BEHIND.set(safe, stream);
  return safe;
}
