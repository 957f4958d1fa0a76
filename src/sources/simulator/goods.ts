/** What the shops sell, and when: the assortment and the hours of each category. */
import type { Demand } from "./demand.ts";

export type Category = "Electronics" | "Fashion" | "Beauty" | "Home" | "Sports" | "Grocery";

export interface Trade {
  category: Category;
  /** Sales a second when the shops are open and it is neither noon nor evening. */
  rate: number;
  /** Hours of the shops, Monday to Saturday. */
  open: readonly [from: number, to: number];
  /** Share of its rate that is bought from home in the evening, on any day. */
  online: number;
  /** Products with their usual price. */
  products: readonly (readonly [name: string, price: number])[];
}

export const trades: readonly Trade[] = [
  {
    category: "Electronics",
    rate: 0.07,
    open: [9, 20],
    online: 0.4,
    products: [
      ["Smartphone X", 649],
      ["Laptop 14", 899],
      ["Wireless Earbuds", 89.9],
      ["Tablet 11", 429],
      ["Smart Watch", 249],
      ["USB-C Charger", 29.9],
      ["Bluetooth Speaker", 79.9],
      ["4K Monitor", 349],
      ["Keyboard", 59.9],
    ],
  },
  {
    category: "Fashion",
    rate: 0.11,
    open: [9.5, 20],
    online: 0.45,
    products: [
      ["T-Shirt", 19.9],
      ["Jeans", 69.9],
      ["Winter Jacket", 149],
      ["Sneakers", 89.9],
      ["Dress", 79.9],
      ["Scarf", 24.9],
      ["Leather Belt", 34.9],
      ["Rain Coat", 99],
    ],
  },
  {
    category: "Beauty",
    rate: 0.07,
    open: [9, 20],
    online: 0.3,
    products: [
      ["Perfume", 64.9],
      ["Face Cream", 24.5],
      ["Shampoo Set", 14.9],
      ["Lipstick", 17.9],
      ["Sun Lotion", 15.5],
      ["Make-up Kit", 39.9],
      ["Electric Toothbrush", 69.9],
    ],
  },
  {
    category: "Home",
    rate: 0.08,
    open: [9.5, 20],
    online: 0.3,
    products: [
      ["Desk Lamp", 34.9],
      ["Office Chair", 189],
      ["Bed Linen", 59.9],
      ["Coffee Machine", 329],
      ["Cookware Set", 119],
      ["Cushion", 18.9],
      ["Bookshelf", 99],
      ["Vacuum Cleaner", 229],
    ],
  },
  {
    category: "Sports",
    rate: 0.06,
    open: [9.5, 20],
    online: 0.3,
    products: [
      ["Running Shoes", 119],
      ["Yoga Mat", 29.9],
      ["Football", 24.9],
      ["Bicycle Helmet", 64.9],
      ["Dumbbell Set", 79.9],
      ["Rucksack", 89.9],
      ["Swimming Goggles", 19.9],
    ],
  },
  {
    category: "Grocery",
    rate: 0.3,
    open: [7, 22],
    online: 0.02,
    products: [
      ["Weekly Shop", 74.5],
      ["Fruit and Vegetables", 18.4],
      ["Bread and Cheese", 14.2],
      ["Coffee Beans", 16.9],
      ["Wine", 22.8],
      ["Household Goods", 27.3],
      ["Lunch", 12.9],
    ],
  },
];

const bell = (x: number, width: number): number => Math.exp(-0.5 * (x / width) * (x / width));

/** Sales a second of a trade at an hour of a day. */
export function salesPerSecond(trade: Trade, { hour, day }: Demand): number {
  const [from, to] = trade.open;
  const open = day !== "sunday" && hour >= from && hour < to;
  const shops = 0.6 + 0.35 * bell(hour - 12.6, 1.3) + 0.65 * bell(hour - 17.8, 1.7);
  const home = trade.online * (0.06 + bell(hour - 20.6, 2));
  return trade.rate * ((open ? shops * (day === "saturday" ? 1.35 : 1) : 0) + home);
}
