/** The ways out of the city, counter-clockwise from the east: where they lead, how they bend, what they are called. */
import type { RoadClass } from "../../core/city.ts";
import type { Line } from "./plane.ts";

export interface Radial {
  angle: number;
  /** How far it swings to the left, km, at mid-way and further out. */
  swing: readonly [number, number];
  /** How it leaves the inner ring where the river is in the way; else straight. */
  start?: Line;
  inside: RoadClass;
  outside: RoadClass;
  name: string;
  outside_name: string;
}

export const radials: readonly Radial[] = [
  {
    angle: 24,
    swing: [0.25, -0.3],
    inside: "primary",
    outside: "primary",
    name: "Brenford Road",
    outside_name: "Brenford Highway",
  },
  {
    angle: 57,
    swing: [-0.2, 0.35],
    inside: "trunk",
    outside: "motorway",
    name: "Northeast Expressway",
    outside_name: "A3 Northeast",
  },
  {
    angle: 84,
    swing: [0.2, 0.1],
    inside: "primary",
    outside: "primary",
    name: "Casterau Road",
    outside_name: "Casterau Highway",
  },
  {
    angle: 121,
    swing: [-0.15, 0.4],
    inside: "primary",
    outside: "motorway",
    name: "Imperial Avenue",
    outside_name: "A7 North",
  },
  {
    angle: 157,
    swing: [0.2, 0.3],
    inside: "primary",
    outside: "secondary",
    name: "Aldershof Road",
    outside_name: "Aldershof Highway",
  },
  {
    angle: 203,
    swing: [0.1, -0.5],
    start: [
      [-0.62, -1.5],
      [-1.2, -2.15],
      [-2.4, -2.3],
      [-3.6, -2.05],
    ],
    inside: "trunk",
    outside: "motorway",
    name: "Western Expressway",
    outside_name: "A8 West",
  },
  {
    angle: 249,
    swing: [0.25, -0.3],
    inside: "primary",
    outside: "primary",
    name: "Dornfeld Road",
    outside_name: "Dornfeld Highway",
  },
  {
    angle: 277,
    swing: [-0.2, 0.3],
    inside: "trunk",
    outside: "motorway",
    name: "Southern Expressway",
    outside_name: "A7 South",
  },
  {
    angle: 305,
    swing: [0.2, -0.2],
    start: [
      [0.6, -1.6],
      [1.35, -2.55],
    ],
    inside: "primary",
    outside: "primary",
    name: "Estwick Road",
    outside_name: "Estwick Highway",
  },
  {
    angle: 337,
    swing: [-0.45, 0.3],
    start: [
      [0.95, -1.5],
      [1.5, -2],
      [2.6, -2.15],
    ],
    inside: "primary",
    outside: "motorway",
    name: "Harbour Road",
    outside_name: "A8 East",
  },
];
