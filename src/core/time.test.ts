import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  days,
  formatInstant,
  hours,
  instantOfLocal,
  localTime,
  minutes,
  parseInstant,
  startOfDay,
  zoneOffset,
} from "./time.ts";

const utc = (text: string): number => Date.parse(text);
const instants = fc.integer({ min: utc("2000-01-01T00:00:00Z"), max: utc("2060-01-01T00:00:00Z") });
// Half hours, quarters, clocks that change at midnight, half an hour's change, both hemispheres.
const zones = fc.constantFrom(
  "UTC",
  "America/Los_Angeles",
  "America/New_York",
  "Europe/Amsterdam",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Asia/Beirut",
  "Africa/Cairo",
  "America/Havana",
  "America/St_Johns",
  "Pacific/Apia",
  "Atlantic/Azores",
);

describe("instants as texts", () => {
  test("out and in again is the same instant", () => {
    fc.assert(fc.property(instants, (ms) => expect(parseInstant(formatInstant(ms))).toBe(ms)));
  });

  test("an offset moves the text, not the instant", () => {
    fc.assert(
      fc.property(
        instants,
        fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
        fc.boolean(),
        (ms, offset_min, colon) => {
          const two = (n: number): string => String(n).padStart(2, "0");
          const abs = Math.abs(offset_min);
          const zone = `${offset_min < 0 ? "-" : "+"}${two(Math.floor(abs / 60))}${colon ? ":" : ""}${two(abs % 60)}`;
          const local = new Date(ms + minutes(offset_min)).toISOString().slice(0, -1);
          expect(parseInstant(local + zone)).toBe(ms);
        },
      ),
    );
  });

  test("every millisecond is exact, and what is finer is cut", () => {
    for (let i = 0; i < 1_000; i++) {
      const text = `2026-01-01T00:00:00.${String(i).padStart(3, "0")}`;
      expect(parseInstant(`${text}Z`)).toBe(utc(`${text}Z`));
      expect(parseInstant(`${text}999999Z`)).toBe(utc(`${text}Z`));
    }
  });

  test("what is no instant is null", () => {
    const texts = [
      "",
      "now",
      "2026",
      "2026-02-29T00:00:00Z",
      "2026-02-30T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z",
      "2026-12-31T23:59:60Z",
      "2026-01-01T00:00Z",
      "2026-01-01",
      "2026-01-01T00:00:00",
      "2026-01-01T00:00:00+24:00",
      "2026-01-01T00:00:00+00:60",
      "2026-01-01T00:00:00 Z",
      "0001-01-01T00:00:00Z",
      "1795000000",
      "+012026-01-01T00:00:00Z",
      "2026-01-01T00:00:00Z\n",
      " 2026-01-01T00:00:00Z",
      "２０２６-01-01T00:00:00Z",
      "2026-01-01T00:00:00.Z",
      "2026-01-01T00:00:00.1234567890Z",
    ];
    for (const text of texts) expect([text, parseInstant(text)]).toEqual([text, null]);
  });

  test("29 February is an instant in leap years, small letters and a space too", () => {
    for (const text of [
      "2024-02-29T00:00:00Z",
      "2024-02-29t00:00:00z",
      "2024-02-29 00:00:00+0000",
      "2024-02-29T00:00:00,000Z",
    ]) {
      expect(parseInstant(text)).toBe(utc("2024-02-29T00:00:00Z"));
    }
  });

  test("without a zone only where the stream says UTC", () => {
    expect(parseInstant("2026-01-01T00:00:00", "utc")).toBe(utc("2026-01-01T00:00:00Z"));
    expect(parseInstant("2026-01-01T00:00:00+01:00", "utc")).toBe(utc("2025-12-31T23:00:00Z"));
  });
});

describe("zones", () => {
  test("local time is what the runtime's own calendar says", () => {
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        const at = localTime(ms, zone);
        const text = new Intl.DateTimeFormat("sv-SE", {
          timeZone: zone,
          dateStyle: "short",
          timeStyle: "medium",
        }).format(ms);
        const two = (n: number): string => String(n).padStart(2, "0");
        expect(`${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}`).toBe(
          text.slice(0, 16),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("a weekday is 1 Monday to 7 Sunday", () => {
    expect(localTime(utc("2026-11-21T12:00:00Z"), "UTC").weekday).toBe(6);
    expect(localTime(utc("2026-11-22T12:00:00Z"), "UTC").weekday).toBe(7);
    expect(localTime(utc("2026-11-22T23:30:00Z"), "Europe/Amsterdam").weekday).toBe(1);
  });

  test("a day begins at its first moment: the moment before belongs to another day", () => {
    const date = (ms: number, zone: string): string => {
      const { year, month, day } = localTime(ms, zone);
      return `${year}-${month}-${day}`;
    };
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        const start = startOfDay(ms, zone);
        expect(start).toBeLessThanOrEqual(ms);
        expect(ms - start).toBeLessThan(hours(26));
        expect(date(start, zone)).toBe(date(ms, zone));
        expect(date(start - 1, zone)).not.toBe(date(ms, zone));
      }),
      { numRuns: 500 },
    );
  });

  test("days of 23 and 25 hours, and days whose midnight is skipped", () => {
    const length = (text: string, zone: string): number => {
      const start = startOfDay(utc(text), zone);
      return (startOfDay(start + hours(26), zone) - start) / hours(1);
    };
    expect(length("2012-03-11T20:00:00Z", "America/Los_Angeles")).toBe(23);
    expect(length("2012-11-04T20:00:00Z", "America/Los_Angeles")).toBe(25);
    expect(formatInstant(startOfDay(utc("2018-11-04T12:00:00Z"), "America/Sao_Paulo"))).toBe(
      "2018-11-04T03:00:00Z",
    );
    expect(formatInstant(startOfDay(utc("2024-11-03T12:00:00Z"), "America/Havana"))).toBe(
      "2024-11-03T04:00:00Z",
    );
  });

  test("a local time leads to the instant that shows it: the earlier of two, none where clocks skip it", () => {
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        const local = ms + zoneOffset(ms, zone);
        const back = instantOfLocal(local, zone)!;
        expect(back + zoneOffset(back, zone)).toBe(local);
        expect(back).toBeLessThanOrEqual(ms);
      }),
      { numRuns: 500 },
    );
    const la = (text: string): string | null => {
      const ms = instantOfLocal(utc(`${text}Z`), "America/Los_Angeles");
      return ms === null ? null : formatInstant(ms);
    };
    expect(la("2012-03-01T00:00:00")).toBe("2012-03-01T08:00:00Z");
    expect(la("2012-03-11T02:30:00")).toBe(null);
    expect(la("2012-03-11T03:00:00")).toBe("2012-03-11T10:00:00Z");
    expect(la("2012-11-04T01:30:00")).toBe("2012-11-04T08:30:00Z");
  });

  test("an unknown zone is named", () => {
    expect(() => zoneOffset(days(20_000), "Mars/Olympus")).toThrow(RangeError);
  });
});
