/** Words that street names are made of. Each district draws from its own theme, as real ones do. */
import type { Theme } from "./terrain.ts";

const list = (words: string): readonly string[] => words.trim().split(/\s*,\s*/);

export const themes: Record<Theme, readonly string[]> = {
  guilds:
    list(`Coopers, Tanners, Weavers, Chandlers, Fletchers, Bakers, Butchers, Saddlers, Smiths, Tailors, Potters, Masons,
    Glaziers, Brewers, Drapers, Dyers, Furriers, Girdlers, Goldsmiths, Hatters, Joiners, Locksmiths, Millers, Ropemakers,
    Cutlers, Wheelwrights, Bookbinders, Carders, Fullers, Lacemakers, Ploughmakers, Tilers, Turners, Vintners, Spinners`),
  science:
    list(`Kepler, Gauss, Humboldt, Curie, Noether, Planck, Euler, Leibniz, Meitner, Fraunhofer, Herschel, Röntgen, Linnaeus,
    Galilei, Volta, Faraday, Newton, Hertz, Boltzmann, Cantor, Riemann, Hypatia, Agnesi, Kovalevskaya, Somerville, Lovelace,
    Mendel, Liebig, Virchow, Koch, Celsius, Tycho, Huygens, Fermat, Germain, Turing, Doppler, Ohm, Ampère, Merian`),
  music:
    list(`Mozart, Haydn, Schubert, Brahms, Mahler, Bach, Handel, Telemann, Schumann, Mendelssohn, Bruckner, Liszt, Dvořák,
    Smetana, Grieg, Sibelius, Chopin, Vivaldi, Corelli, Rossini, Verdi, Puccini, Bizet, Ravel, Debussy, Fauré, Elgar, Purcell,
    Gluck, Weber, Lortzing, Hensel, Farrenc, Boulanger, Hildegard, Schütz, Buxtehude, Pachelbel, Monteverdi, Palestrina`),
  trees:
    list(`Linden, Beech, Chestnut, Maple, Alder, Hornbeam, Rowan, Elm, Ash, Birch, Hazel, Juniper, Larch, Cedar, Poplar, Willow,
    Walnut, Cherry, Plum, Pear, Quince, Medlar, Mulberry, Hawthorn, Blackthorn, Elder, Holly, Ivy, Laurel, Magnolia, Acacia,
    Cypress, Spruce, Fir, Aspen, Sycamore, Wisteria, Jasmine, Lilac, Heather, Broom, Myrtle, Yew, Almond, Apricot`),
  trade:
    list(`Warehouse, Granary, Timber, Customs, Anchor, Ferry, Barge, Lighter, Cargo, Ballast, Pilot, Harbourmaster, Mast, Rope,
    Salt, Grain, Copper, Iron, Wool, Linen, Tobacco, Cotton, Merchant, Exchange, Tariff, Packet, Compass, Beacon, Crane,
    Dock, Capstan, Helmsman, Boatyard, Slipway, Lock, Weir, Towpath, Tollhouse, Cooperage, Foundry, Boiler, Gasworks`),
  places:
    list(`Vienna, Prague, Trieste, Basel, Lyon, Turin, Verona, Bruges, Ghent, Utrecht, Bremen, Lübeck, Danzig, Kraków, Buda,
    Zagreb, Ljubljana, Salzburg, Innsbruck, Trento, Ulm, Regensburg, Passau, Leipzig, Weimar, Erfurt, Kassel, Marburg, Trier,
    Metz, Nancy, Colmar, Strasbourg, Bern, Lucerne, Zurich, Geneva, Milan, Parma, Ferrara, Ravenna, Padua, Graz, Linz`),
  people:
    list(`Bishop, Regent, Margrave, Abbot, Chancellor, Duke, Countess, Palatine, Herald, Castellan, Provost, Sexton, Friar,
    Knight, Squire, Steward, Marshal, Chapter, Cloister, Deanery, Priory, Minster, Saint Anna, Saint Barbara, Saint George,
    Saint Jakob, Saint Martin, Saint Ursula, Theresia, Leopold, Matilda, Ottilie, Konrad, Ludmilla, Adalbert, Kunigunde`),
  country:
    list(`Meadow, Orchard, Barley, Clover, Harvest, Heron, Kingfisher, Lark, Swallow, Nightingale, Thrush, Plover, Curlew,
    Skylark, Brook, Spring, Mill, Ford, Quarry, Shepherd, Furrow, Haystack, Granite, Fox, Badger, Otter, Hare, Stag, Roe,
    Sparrow, Finch, Starling, Lapwing, Partridge, Millpond, Hedgerow, Windmill, Cornflower, Poppy, Bluebell, Foxglove`),
};

export const endings = {
  motorway: ["Motorway"],
  trunk: ["Expressway"],
  primary: ["Avenue", "Boulevard"],
  secondary: ["Avenue", "Road", "Avenue", "Boulevard", "Road", "Parade"],
  tertiary: ["Street", "Road", "Street", "Way"],
  residential: ["Lane", "Row", "Close", "Walk", "Gardens"],
} as const;

/** The bridges over the river from west to east, the ring's own apart. */
export const bridgeNames =
  list(`Ferry Bridge, Mill Bridge, Meadow Bridge, Weir Bridge, Bishop's Bridge, Old Bridge, Chain Bridge,
  Merchants' Bridge, Harbour Bridge, Customs Bridge, Basin Bridge, Lapwing Bridge, Long Bridge, Pilgrims' Bridge`);
