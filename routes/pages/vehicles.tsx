/** Vehicles and emergencies: the page, one vehicle with its way, and the picture of both. */
import { Hono, type Context } from "hono";
import { ProblemError } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import type { Stream } from "../../src/core/stream.ts";
import { minutes } from "../../src/core/time.ts";
import type { CurrentRow, Serving } from "../../src/serving/answer.ts";
import { emergencies as declaredEmergencies } from "../../src/streams/emergencies.ts";
import { vehicles as declaredVehicles } from "../../src/streams/vehicles.ts";
import { vehiclesSvg } from "../../views/charts/vehicles-picture.ts";
import { layersNamed, listed } from "../../views/layers.ts";
import { markup } from "../../views/markup.ts";
import { VehiclePanel, type VehicleView } from "../../views/vehicle-panel.tsx";
import { drawnTrack } from "../../views/vehicle-track.ts";
import { renderVehiclesNote, VEHICLE_LAYERS, vehiclesPage } from "../../views/vehicles.tsx";
import { answerPage } from "../pages-frame.ts";
import { everyRow, layerCounts } from "./layers-now.ts";
import { absent, type Page } from "./page.ts";

const TRACK_MS = minutes(30);

/** What lies on the map of a stream; nothing where the platform has no such stream. */
async function rowsNow(
  serving: Serving,
  streams: readonly Stream[],
  name: string,
): Promise<readonly CurrentRow[]> {
  const stream = streams.find((s) => s.name === name);
  return stream === undefined ? [] : await everyRow(serving, stream, listed(stream));
}

const bothNow = ({ serving, streams }: { serving: Serving; streams: readonly Stream[] }) =>
  Promise.all([
    rowsNow(serving, streams, declaredVehicles.name),
    rowsNow(serving, streams, declaredEmergencies.name),
    layerCounts({ serving, streams }),
  ]);

export const vehicles: Page = {
  note: {
    group: "vehicles",
    render: async (deps) => renderVehiclesNote(...(await bothNow(deps))),
  },

  routes({ serving, streams, city, clock, frame, stream }) {
    const declared = stream(declaredVehicles.name);

    async function viewOf(vehicle_id: string): Promise<VehicleView> {
      if (declared === null)
        throw new ProblemError({ name: "not-found", detail: "This platform has no stream of vehicles" });
      const to_ms = clock.now() + 1;
      const from_ms = to_ms - TRACK_MS;
      const [now, track] = await Promise.all([
        serving.one(declared, vehicle_id),
        serving.track(declared, vehicle_id, {
          from_ms,
          to_ms,
          limit: limits.range_rows_max,
          simplify_m: 0,
        }),
      ]);
      return {
        now: now.data,
        track: drawnTrack(track.data.points, declared.event_time, 3 * declared.expected_period_ms),
        totals: track.data.totals,
        from_ms,
      };
    }

    const page = async (c: Context): Promise<Response> => {
      const [asked, types] = [c.req.query("vehicle") ?? "", c.req.query("type") ?? ""];
      const [[rows, calls, counts], selected] = await Promise.all([
        bothNow({ serving, streams }),
        // An old link to a vehicle that is gone still shows the others.
        asked === "" ? null : viewOf(asked).catch(absent),
      ]);
      return answerPage(
        c,
        vehiclesPage({
          frame: frame(c),
          city,
          vehicles: rows,
          emergencies: calls,
          counts,
          on: layersNamed(c.req.query("layers"), VEHICLE_LAYERS),
          types: new Set(types.split(",").filter((type) => type !== "")),
          selected,
          emergency: c.req.query("emergency") ?? "",
          declared,
        }),
      );
    };

    return new Hono()
      .get("/vehicles", page)
      .get("/fragments/vehicle/:vehicle_id", async (c) =>
        answerPage(
          c,
          markup(<VehiclePanel frame={frame(c)} view={await viewOf(c.req.param("vehicle_id"))} />),
        ),
      )
      .get("/city/vehicles.svg", async (c) => {
        const [rows, calls] = await bothNow({ serving, streams });
        return answerPage(c, vehiclesSvg(city, rows, calls), { type: "image/svg+xml" });
      });
  },
};
