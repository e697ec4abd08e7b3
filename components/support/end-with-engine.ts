import * as net from "node:net";

/** An address of the engine: `127.0.0.1:12345`, since SDK 3.270 also `dns:…` or `unix:…`. */
const ADDRESS = /^(?:dns:\/*)?(.+):(\d+)$/;

/** Milliseconds between the end of a connection and the next one. */
const PAUSE = 1000;

/**
 * Ends this process when its engine dies. Otherwise it would run forever: the SDK reports a failed call to
 * the engine with another call to the engine, which fails too. Does nothing without an engine. The SDK's
 * entry point (`cmd/run`) sets the address in the environment.
 */
export function endWithEngine(
  address = process.env["PULUMI_NODEJS_ENGINE"],
  end: () => void = () => process.kill(process.pid, "SIGKILL"),
): void {
  const [, host = "", port = ""] = ADDRESS.exec(address ?? "") ?? [];
  if (port === "") return;
  // The engine closes an idle connection after two minutes. Only a refused connection means that the
  // engine is gone.
  const watch = () => {
    const socket = net.connect({ host, port: Number(port) });
    let connected = false;
    socket
      .on("connect", () => (connected = true))
      .on("error", () => undefined)
      .on("close", () => (connected ? setTimeout(watch, PAUSE).unref() : end()))
      .resume()
      .unref();
  };
  watch();
}
