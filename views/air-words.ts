/** Words, classes and advice of the US EPA's Air Quality Index: its category names, never our own. */
import { aqiCategories, type AqiCategory, type Pollutant } from "../src/core/aqi.ts";

export interface AirWords {
  /** Class of the official colour: RGB of the EPA's Technical Assistance Document, in arterial.css. */
  class: string;
  /** Greatest index of the category; null for the last. */
  to: number | null;
  /** What the EPA says of the category, in AirNow's "AQI Basics". A work of the US government, in the public domain. */
  advice: string;
}

export const airWords: Readonly<Record<AqiCategory, AirWords>> = {
  Good: {
    class: "aqi-good",
    to: 50,
    advice: "Air quality is satisfactory, and air pollution poses little or no risk.",
  },
  Moderate: {
    class: "aqi-moderate",
    to: 100,
    advice:
      "Air quality is acceptable. However, there may be a risk for some people, particularly those who are unusually sensitive to air pollution.",
  },
  "Unhealthy for Sensitive Groups": {
    class: "aqi-sensitive",
    to: 150,
    advice:
      "Members of sensitive groups may experience health effects. The general public is less likely to be affected.",
  },
  Unhealthy: {
    class: "aqi-unhealthy",
    to: 200,
    advice:
      "Some members of the general public may experience health effects; members of sensitive groups may experience more serious health effects.",
  },
  "Very Unhealthy": {
    class: "aqi-very",
    to: 300,
    advice: "Health alert: The risk of health effects is increased for everyone.",
  },
  Hazardous: {
    class: "aqi-hazardous",
    to: null,
    advice: "Health warning of emergency conditions: everyone is more likely to be affected.",
  },
};

/** A category as it came in a row; null for anything else. */
export const categoryOf = (value: unknown): AqiCategory | null =>
  aqiCategories.find((word) => word === value) ?? null;

export const pollutantWords: Readonly<Record<Pollutant, string>> = {
  pm2_5: "PM2.5, fine particles",
  pm10: "PM10, particles",
  ozone: "O₃, ozone",
  nitrogen_dioxide: "NO₂, nitrogen dioxide",
  sulphur_dioxide: "SO₂, sulphur dioxide",
  carbon_monoxide: "CO, carbon monoxide",
};

/** `PM2.5`, `O₃`: where there is no room for the name. */
export const pollutantShort = (pollutant: Pollutant): string => pollutantWords[pollutant].split(",")[0]!;
