/** Default actions of a listener: forward, redirect, fixed response. */
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  any,
  anyCase,
  block,
  computed,
  flag,
  list,
  number,
  required,
  text,
  type Field,
} from "../../tables/fields.ts";
import type { Plain } from "../../tables/plain.ts";
import { known, num, str } from "../common.ts";

/** Actions that the stand-in does not support. */
export const UNSUPPORTED = ["authenticateCognito", "authenticateOidc", "jwtValidation"];

export const actionFields: Field = list(
  block({
    type: text({ ...required, same: anyCase }),
    order: number(computed),
    targetGroupArn: text(computed),
    forward: block(
      {
        targetGroups: list(
          block({ arn: text(required), weight: number({ default: 1 }) }),
          required,
        ),
        stickiness: block(
          { duration: number(required), enabled: flag({ default: false }) },
          computed,
        ),
      },
      computed,
    ),
    redirect: block({
      host: text({ default: "#{host}" }),
      path: text({ default: "/#{path}" }),
      port: text({ default: "#{port}" }),
      protocol: text({ default: "#{protocol}" }),
      query: text({ default: "#{query}" }),
      statusCode: text(required),
    }),
    fixedResponse: block({
      contentType: text(required),
      messageBody: text(),
      statusCode: text(computed),
    }),
    ...Object.fromEntries(UNSUPPORTED.map((name) => [name, any()])),
  }),
  required,
);

const capitals = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** Renames the keys: `{statusCode: …}` ↔ `{StatusCode: …}`. */
const recased = (props: Plain | undefined, to: (name: string) => string) =>
  props && Object.fromEntries(Object.entries(props).map(([name, value]) => [to(name), value]));

export function toActions(value: unknown): Action[] {
  return ((value ?? []) as Plain[]).map((action, index) => {
    const forward = action["forward"] as Plain | undefined;
    const sticky = forward?.["stickiness"] as Plain | undefined;
    return {
      Type: str(action["type"]) as Action["Type"],
      Order: num(action["order"]) ?? index + 1,
      ...(forward
        ? {
            ForwardConfig: {
              TargetGroups: ((forward["targetGroups"] ?? []) as Plain[]).map((group) => ({
                TargetGroupArn: str(group["arn"]),
                Weight: num(group["weight"]),
              })),
              ...(sticky
                ? {
                    TargetGroupStickinessConfig: {
                      Enabled: sticky["enabled"] === true,
                      DurationSeconds: num(sticky["duration"]),
                    },
                  }
                : {}),
            },
          }
        : { TargetGroupArn: str(action["targetGroupArn"]) }),
      RedirectConfig: recased(action["redirect"] as Plain, capitals) as Action["RedirectConfig"],
      FixedResponseConfig: recased(action["fixedResponse"] as Plain, capitals) as never,
    };
  });
}

const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Actions in the form that the program used: a target group's ARN or a `forward` block. */
export function fromActions(actions: Action[] | undefined, before: unknown): Plain[] {
  const said = (Array.isArray(before) ? before : []) as Plain[];
  const ordered = [...(actions ?? [])].sort((a, b) => (a.Order ?? 0) - (b.Order ?? 0));
  return ordered.map((action, index) => {
    const groups = action.ForwardConfig?.TargetGroups ?? [];
    const sticky = action.ForwardConfig?.TargetGroupStickinessConfig;
    const asBlock = said[index]?.["forward"] !== undefined || groups.length > 1;
    return known({
      type: action.Type,
      order: action.Order ?? index + 1,
      targetGroupArn: asBlock ? undefined : (action.TargetGroupArn ?? groups[0]?.TargetGroupArn),
      forward: asBlock
        ? known({
            targetGroups: groups.map((group) =>
              known({ arn: group.TargetGroupArn, weight: group.Weight ?? 1 }),
            ),
            stickiness: sticky
              ? known({ enabled: sticky.Enabled ?? false, duration: sticky.DurationSeconds })
              : undefined,
          })
        : undefined,
      redirect: recased(action.RedirectConfig as Plain | undefined, lower),
      fixedResponse: recased(action.FixedResponseConfig as Plain | undefined, lower),
    });
  });
}
