"""How a news desk sorts its articles: labeling functions for five topics.

Written by reading training articles, never test articles, and never derived from their topics. Each function
may be wrong; together they are right often enough for the label model to learn whom to trust.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

import labelwright as lw

space = lw.LabelSpace(["business", "entertainment", "politics", "sports", "tech"])

with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as file:
    NAMES = {row["name"]: row["desk"] for row in csv.DictReader(file)}
NAME = r"\b(" + "|".join(map(re.escape, sorted(NAMES, key=len, reverse=True))) + r")\b"


def prepare(frame: pl.DataFrame, split: str) -> pl.DataFrame:
    """Add the headline, the first paragraph, and the first person or organisation that we know."""
    paragraphs = pl.col("text").str.strip_chars().str.split("\n\n")
    return frame.with_columns(
        headline=paragraphs.list.first().str.strip_chars(),
        lead=paragraphs.list.get(1, null_on_oob=True).fill_null(""),
        name=pl.col("text").str.extract(NAME),
    )


def listed(phrases: str) -> list[str]:
    """Return the phrases of a list that is written with commas between them."""
    return [phrase.strip() for phrase in phrases.split(",")]


# --- sports ------------------------------------------------------------------------------------------------

COMPETITIONS_WORDS = """
    premiership, champions league, uefa cup, fa cup, carling cup, world cup, six nations, heineken cup,
    davis cup, grand slam, australian open, wimbledon, olympics, olympic, european indoor championships,
    commonwealth games, grand prix, league one, primera liga
"""
competitions = lw.keywords("competitions", listed(COMPETITIONS_WORDS), on="text", vote="sports")

ON_THE_PITCH_WORDS = """
    striker, midfielder, defender, goalkeeper, keeper, winger, fly-half, scrum-half, flanker, hooker,
    prop, full-back, lock, penalty, free-kick, half-time, second half, referee, try, squad, cap, caps,
    injury, injured, fixture
"""
on_the_pitch = lw.keywords("on_the_pitch", listed(ON_THE_PITCH_WORDS), on="text", vote="sports", at_least=2)

TRACK_AND_FIELD_WORDS = """
    athletics, iaaf, sprinter, sprint, hurdles, marathon, relay, 60m, 100m, 200m, 800m, 1500m, high jump,
    long jump, triple jump, heptathlon, cross country, steroids, doping, indoor
"""
track_and_field = lw.keywords(
    "track_and_field", listed(TRACK_AND_FIELD_WORDS), on="text", vote="sports", at_least=2
)

TENNIS_WORDS = """
    seed, seeded, unseeded, top seed, second seed, first round, second round, quarter-finals, semi-final,
    semi-finals, break point, tie-break, serve, baseline, hardcourt, atp, wta
"""
tennis = lw.keywords("tennis", listed(TENNIS_WORDS), on="text", vote="sports", at_least=2)

score = lw.regex(
    "score",
    r"\b\d{1,2}-\d{1,2} (?:win|victory|defeat|draw|loss|thrashing|aggregate|lead|home)\b"
    r"|\b(?:won|lost|win|beat|beating|drew|down|up|ahead|victory|defeat)\b[^.]{0,30} \d{1,2}-\d{1,2}\b"
    r"|\b[0-7]-[0-7] [0-7]-[0-7]\b",
    on="text",
    vote="sports",
    description='votes sports where the text tells a score, such as "won 3-1" or "a 3-1 defeat"',
)
score_in_headline = lw.regex(
    "score_in_headline",
    r"[a-z] \d{1,2}-\d{1,2} [A-Z]",
    on="headline",
    vote="sports",
    description="votes sports where the headline has a score between two names",
)
bbc_sport = lw.expression(
    "bbc_sport",
    pl.col("text").str.contains("BBC Sport", literal=True),
    vote="sports",
    description="votes sports where the text mentions BBC Sport",
)
COACH_AND_TEAM_WORDS = """
    coach, manager, captain, skipper, team-mate, team-mates, club, teams, match, game, season, players
"""
coach_and_team = lw.keywords(
    "coach_and_team", listed(COACH_AND_TEAM_WORDS), on="text", vote="sports", at_least=3
)


# --- politics ----------------------------------------------------------------------------------------------

PARTIES_WORDS = """
    labour, tory, tories, conservative, conservatives, lib dem, lib dems, liberal democrat,
    liberal democrats, ukip, uk independence party, snp, plaid cymru, bnp, veritas, green party
"""
parties = lw.keywords("parties", listed(PARTIES_WORDS), on="text", vote="politics", at_least=2)

WESTMINSTER_WORDS = """
    mp, mps, commons, house of lords, peers, law lords, parliament, backbench, backbenchers, whitehall,
    downing street, number 10, cabinet, bill, general election, manifesto, msps, meps, constituency,
    white paper, queen's speech
"""
westminster = lw.keywords("westminster", listed(WESTMINSTER_WORDS), on="text", vote="politics", at_least=2)

secretary_of_state = lw.regex(
    "secretary_of_state",
    r"\b(?:Home|Foreign|Education|Health|Defence|Transport|Trade and Industry|Work and Pensions|Culture"
    r"|Environment|Northern Ireland|Welsh|Scottish|International Development) Secretary\b"
    r"|(?i:\bshadow (?:home|foreign|chancellor|education|health|cabinet"
    r"|minister))|\b(?:Home|Foreign) Office\b",
    on="text",
    vote="politics",
    description="votes politics where the text mentions a Secretary of State or a shadow minister",
)
HEADLINE_POLITICS_WORDS = """
    blair, brown, howard, kennedy, blunkett, kilroy, clarke, prescott, straw, mps, mp, tory, tories,
    labour, lib dem, lib dems, ukip, snp, minister, ministers, peer, peers, lords, commons, election,
    asylum, id cards, id card, hunt ban, hunting, council tax
"""
headline_politics = lw.keywords(
    "headline_politics", listed(HEADLINE_POLITICS_WORDS), on="headline", vote="politics"
)

HOME_AFFAIRS_WORDS = """
    asylum, immigration, id cards, terror suspects, house arrest, anti-terror, detention, human rights,
    council tax, hunting with dogs, hunt ban, fox hunting, civil liberties, referendum, eu constitution,
    devolution, local government, freedom of information, polling day, postal voting, voters, nhs
"""
home_affairs = lw.keywords("home_affairs", listed(HOME_AFFAIRS_WORDS), on="text", vote="politics", at_least=2)

DEVOLVED_GOVERNMENT_WORDS = """
    first minister, scottish executive, scottish parliament, holyrood, assembly government,
    welsh assembly, stormont, sinn fein, dup, msp, msps, assembly members
"""
devolved_government = lw.keywords(
    "devolved_government", listed(DEVOLVED_GOVERNMENT_WORDS), on="text", vote="politics"
)

campaign_promises = lw.regex(
    "campaign_promises",
    r"(?i)\b(?:election (?:campaign|campaigning|pledges?|manifesto|poster)|general election|next election"
    r"|party (?:leader|conference|chairman|spokes\w+)|tax cuts|tax rises|spending plans)\b",
    on="text",
    vote="politics",
    description="votes politics where the text mentions an election campaign, a party leader, tax cuts",
)
government_speaks = lw.regex(
    "government_speaks",
    r"(?i)\b(?:prime minister|mr blair|mr howard|mr kennedy|mr clarke|ministers|government)\b[^.]{0,60}"
    r"\b(?:said|says|told|insisted|denied|pledged|promised|accused|plans?|proposals?)\b",
    on="lead",
    vote="politics",
    description="votes politics where the lead tells what ministers said, promised or planned",
)

# --- entertainment -----------------------------------------------------------------------------------------

FILM_WORDS = """
    film, films, movie, movies, box office, actor, actress, director, starring, hollywood, cinema,
    screenplay, sequel, film-maker, film festival, oscar, oscars, animated, blockbuster
"""
film = lw.keywords("film", listed(FILM_WORDS), on="text", vote="entertainment", at_least=2)

MUSIC_WORDS = """
    album, albums, single, singles, singer, song, songs, band, bands, rapper, hip-hop, guitarist,
    concert, gig, gigs, chart, charts, tour, pop, rock, rock band, fans, debut, musicians, orchestra,
    soul, r&b
"""
music = lw.keywords("music", listed(MUSIC_WORDS), on="text", vote="entertainment", at_least=2)

TELEVISION_WORDS = """
    soap, sitcom, tv show, tv series, drama, series, comedy, comedian, presenter, viewers, episode,
    reality tv, bbc one, bbc two, channel 4, itv1, itv, radio 1, broadcast, prime time
"""
television = lw.keywords("television", listed(TELEVISION_WORDS), on="text", vote="entertainment", at_least=2)

STAGE_AND_PAGE_WORDS = """
    musical, theatre, west end, broadway, stage, opera, ballet, exhibition, gallery, museum, novel,
    novels, author, authors, novelist, poet, playwright, literary, fiction, bestseller, booker prize,
    book, books, artist
"""
stage_and_page = lw.keywords(
    "stage_and_page", listed(STAGE_AND_PAGE_WORDS), on="text", vote="entertainment", at_least=2
)

awards = lw.regex(
    "awards",
    r"(?i)\b(?:best|top|favourite) (?:\w+ ){0,2}(?:actor|actress|film|picture|director|album|single|song|band"
    r"|group|newcomer|comedy|drama|musical|screenplay|video|male|female)\b"
    r"|\b(?:brit|grammy|mtv|olivier|tony|golden globe|screen actors guild|bafta|mobo|academy) awards?\b",
    on="text",
    vote="entertainment",
    description="votes entertainment where the text mentions an award, such as best actor or a Grammy",
)
HEADLINE_SHOW_BUSINESS_WORDS = """
    film, films, movie, star, stars, singer, band, album, oscar, oscars, bafta, baftas, brit, brits,
    grammy, grammys, actor, actress, rapper, chart, musical, festival, theatre, soap, comedy, tour, rock,
    pop, song, concert, novel, author, box office, hollywood
"""
headline_show_business = lw.keywords(
    "headline_show_business", listed(HEADLINE_SHOW_BUSINESS_WORDS), on="headline", vote="entertainment"
)

star_is_introduced = lw.regex(
    "star_is_introduced",
    r"(?i)\b(?:singers?|rappers?|actors?|actress|film stars?"
    r"|pop stars?|comedians?|directors?|rock (?:band|group)"
    r"|band|soul star|novelist|author|guitarist"
    r"|film-makers?|movie star) (?-i:[A-Z])[a-z]+",
    on="lead",
    vote="entertainment",
    description="votes entertainment where the lead introduces a singer, an actor, a director",
)

# --- business ----------------------------------------------------------------------------------------------

MARKETS_WORDS = """
    shares, share price, stock market, stock exchange, investors, analysts, analyst, shareholders,
    dividend, trading, traders, bonds, dow jones, ftse, nasdaq, euronext, flotation, stocks
"""
markets = lw.keywords("markets", listed(MARKETS_WORDS), on="text", vote="business", at_least=2)

ECONOMY_WORDS = """
    economy, economic growth, gdp, gross domestic product, inflation, interest rates, unemployment,
    central bank, exports, imports, deficit, economist, economists, recession, consumer spending,
    consumer confidence, manufacturing, retail sales, trade gap, currency, dollar, euro
"""
economy = lw.keywords("economy", listed(ECONOMY_WORDS), on="text", vote="business", at_least=2)

RESULTS_WORDS = """
    profit, profits, pre-tax, net profit, net income, revenue, revenues, turnover, sales, earnings,
    losses, quarter, fourth quarter, full-year, forecast, forecasts, annual, year-on-year
"""
results = lw.keywords("results", listed(RESULTS_WORDS), on="text", vote="business", at_least=3)

DEALS_WORDS = """
    takeover, merger, acquisition, acquire, stake, bid, bidder, buyout, joint venture, bankruptcy,
    bankrupt, creditors, debts, assets, auction, subsidiary, parent company, restructuring
"""
deals = lw.keywords("deals", listed(DEALS_WORDS), on="text", vote="business", at_least=2)

ENERGY_AND_TRANSPORT_WORDS = """
    oil, crude, barrel, opec, gas, airline, airlines, carrier, aircraft, carmaker, car maker, carmakers,
    steel, mining, fuel costs, oil prices, pipeline
"""
energy_and_transport = lw.keywords(
    "energy_and_transport", listed(ENERGY_AND_TRANSPORT_WORDS), on="text", vote="business", at_least=2
)

HEADLINE_BUSINESS_WORDS = """
    profit, profits, shares, sales, economy, growth, bid, takeover, firm, firms, bank, oil, dollar, euro,
    jobs, trade, merger, deal, market, markets, rates, stake, bosses, fraud, exports, deficit, airline,
    yukos, gm, boeing, prices, costs, inflation, debt, investors
"""
headline_business = lw.keywords(
    "headline_business", listed(HEADLINE_BUSINESS_WORDS), on="headline", vote="business"
)

sums_in_billions = lw.regex(
    "sums_in_billions",
    r"(?:[$£]\s?[\d.,]+ ?(?:bn|billion|trillion)\b|\b[\d.,]+bn (?:euros|yen|rupees|yuan|roubles))",
    on="text",
    vote="business",
    description="votes business where the text has a sum of money in billions or trillions",
)
WORLD_ECONOMY_WORDS = """
    g7, g8, imf, wto, world bank, world trade organisation, ecb, opec, davos, federal reserve,
    bank of england, finance minister, finance ministers, treasury secretary, stability pact, debt relief
"""
world_economy = lw.keywords("world_economy", listed(WORLD_ECONOMY_WORDS), on="text", vote="business")

white_collar_crime = lw.regex(
    "white_collar_crime",
    r"(?i)\b(?:accounting (?:fraud|scandal|irregularities)|securities fraud|insider trading"
    r"|securities and exchange commission|bankruptcy protection|financial (?:fraud|scandal)|fraud trial"
    r"|price-fixing|money laundering)\b",
    on="text",
    vote="business",
    description="votes business where the text mentions fraud, insider trading, bankruptcy protection",
)

# --- tech --------------------------------------------------------------------------------------------------

INTERNET_WORDS = """
    internet, web, website, websites, net users, online, broadband, e-mail, e-mails, email, browser,
    search engine, search engines, blog, blogs, bloggers, surfers, download, downloads, web page,
    web pages, net, wi-fi, dial-up, chatrooms
"""
internet = lw.keywords("internet", listed(INTERNET_WORDS), on="text", vote="tech", at_least=3)

SOFTWARE_WORDS = """
    software, operating system, open source, windows, linux, programs, program, code, patch, bug, bugs,
    developers, server, servers, database, programmers, microsoft, pc, pcs, computers
"""
software = lw.keywords("software", listed(SOFTWARE_WORDS), on="text", vote="tech", at_least=2)

CYBER_CRIME_WORDS = """
    virus, viruses, spam, spyware, phishing, hackers, hacker, worm, trojan, malicious, anti-virus,
    computer security, net security, security firm, cyber, identity theft, infected, junk mail
"""
cyber_crime = lw.keywords("cyber_crime", listed(CYBER_CRIME_WORDS), on="text", vote="tech", at_least=2)

GADGETS_WORDS = """
    gadget, gadgets, handset, handsets, mobile phones, mobile phone, mobiles, 3g, camera phones, laptop,
    laptops, hard drive, mp3, digital music, ipod, music players, digital cameras, portable,
    high-definition, hi-tech, set-top box, chip, chips, processor, bluetooth, wireless, text messages,
    robot, robots, satellite, sensors
"""
gadgets = lw.keywords("gadgets", listed(GADGETS_WORDS), on="text", vote="tech", at_least=2)

VIDEO_GAMES_WORDS = """
    video game, video games, computer game, computer games, gamers, gamer, gaming, games industry,
    console, consoles, xbox, playstation, nintendo, handheld, gameplay, halo 2, half-life 2,
    grand theft auto, electronic arts, pc title, online game
"""
video_games = lw.keywords("video_games", listed(VIDEO_GAMES_WORDS), on="text", vote="tech", at_least=2)

HEADLINE_TECH_WORDS = """
    net, web, online, broadband, internet, e-mail, virus, viruses, spam, hackers, software, microsoft,
    google, apple, ipod, mobile, mobiles, phone, phones, pc, pcs, digital, gadget, gadgets, games,
    gaming, gamers, game, console, hi-tech, technology, tech, blog, blogs, cyber, robot, robots, piracy,
    file-sharing, computer, chip, chips, nintendo, sony, search
"""
headline_tech = lw.keywords("headline_tech", listed(HEADLINE_TECH_WORDS), on="headline", vote="tech")

market_researchers = lw.regex(
    "market_researchers",
    r"\b(?:Gartner|Jupiter Research|Forrester|IDC|Ovum|NetRatings|Screen Digest|Pew Internet|Informa)\b",
    on="text",
    vote="tech",
    description="votes tech where the text cites market researchers, such as Gartner or Forrester",
)
told_the_website = lw.expression(
    "told_the_website",
    pl.col("text").str.contains("BBC News website", literal=True),
    vote="tech",
    description="votes tech where somebody told the BBC News website",
)
file_sharing = lw.regex(
    "file_sharing",
    r"(?i)\b(?:peer-to-peer|p2p|file[- ]shar\w+|file[- ]swapp\w+|bittorrent|kazaa|edonkey|digital rights)\b",
    on="text",
    vote="tech",
    description="votes tech where the text mentions peer-to-peer networks or file sharing",
)

# --- first guesses: broad, often wrong, and the label model finds out how often ----------------------------

SOMEBODY_WINS_WORDS = """
    win, wins, won, winner, winners, beat, victory, game, games, player, players, final, champion, title,
    team
"""
somebody_wins = lw.keywords(
    "somebody_wins", listed(SOMEBODY_WINS_WORDS), on="text", vote="sports", at_least=2
)

SOMEBODY_GOVERNS_WORDS = """
    government, minister, ministers, president, law, laws, rights, campaign, policy, state, vote, public
"""
somebody_governs = lw.keywords(
    "somebody_governs", listed(SOMEBODY_GOVERNS_WORDS), on="text", vote="politics", at_least=2
)

SOMEBODY_PERFORMS_WORDS = """
    star, stars, show, shows, fans, music, film, films, tv, television, award, awards, hit, role,
    audience
"""
somebody_performs = lw.keywords(
    "somebody_performs", listed(SOMEBODY_PERFORMS_WORDS), on="text", vote="entertainment", at_least=2
)

somebody_pays = lw.regex(
    "somebody_pays",
    r"[$£]\s?\d",
    on="text",
    vote="business",
    description="votes business where the text has a sum in pounds or dollars",
)
many_percentages = lw.expression(
    "many_percentages",
    pl.col("text").str.count_matches(r"\d%") >= 2,
    vote="business",
    description="votes business where the text has two percentages or more",
)
SOMEBODY_COMPUTES_WORDS = """
    computer, computers, technology, online, website, internet, digital, software, mobile, video, system,
    users, data
"""
somebody_computes = lw.keywords(
    "somebody_computes", listed(SOMEBODY_COMPUTES_WORDS), on="text", vote="tech", at_least=2
)


# --- any desk ----------------------------------------------------------------------------------------------

first_known_name = lw.lookup("first_known_name", table=NAMES, keys=["name"], space=space)


@lw.preprocessor
def counted_words(x):
    """Count the words of the article, in lower case."""
    return {"words": Counter(re.findall(r"[a-z][a-z'-]+", x.text.lower()))}


def share(words: Counter[str], vocabulary: list[str]) -> float:
    """Return the share of an article's words that are in a vocabulary."""
    return sum(words[word] for word in vocabulary) / max(1, words.total())


PLAYING = listed("win, won, beat, lost, scored, play, played, playing, winning, goal, goals, cup")
JARGON = listed("technology, technologies, computer, computers, users, user, digital, data")
TRADE = listed("company, companies, firm, firms, market, group, business, bank, banks, prices")
STATE = listed("government, minister, ministers, party, election, labour, tory, mr, vote, law")


@lw.labeling_function(space, pre=[counted_words], resources={"playing": PLAYING})
def plays_and_wins(x, playing):
    """Every fiftieth word is about playing, winning and scoring: sports."""
    return space.sports if share(x.words, playing) > 0.02 else lw.ABSTAIN


@lw.labeling_function(space, pre=[counted_words], resources={"jargon": JARGON})
def talks_technology(x, jargon):
    """Every hundredth word is about technology and its users: tech."""
    return space.tech if share(x.words, jargon) > 0.01 else lw.ABSTAIN


@lw.labeling_function(space, pre=[counted_words], resources={"trade": TRADE})
def talks_business(x, trade):
    """Every hundredth word is about companies and their markets: business."""
    return space.business if share(x.words, trade) > 0.01 else lw.ABSTAIN


@lw.labeling_function(space, pre=[counted_words], resources={"state": STATE})
def talks_government(x, state):
    """Every thirtieth word is about government, parties and laws: politics."""
    return space.politics if share(x.words, state) > 0.03 else lw.ABSTAIN


INVENTED = {
    "business": """
        Profits fall at carmaker as costs rise; Shares slide on fears of slower growth;
        Retailer reports strong Christmas sales; Bank agrees takeover of insurance rival;
        Oil prices climb to record high; Economy grows faster than expected;
        Airline seeks bankruptcy protection to cut costs; Dollar weakens against the euro;
        Unemployment rises as firms cut jobs; Shareholders back merger of energy firms
        """,
    "entertainment": """
        Singer tops charts with debut album; Actor wins award for role in film drama;
        Comedy heads US box office; Rock band announce tour dates; Director to film new sequel;
        Musical opens to warm reviews in West End; Stars gather for awards ceremony in Hollywood;
        TV soap loses viewers; Author wins prize for best novel; Festival tickets sell out
        """,
    "politics": """
        Minister denies claims over asylum policy; Tories attack Labour plans on tax;
        MPs vote against hunting bill; Prime minister calls general election;
        Lib Dems promise to scrap tuition fees; Peers defeat government on terror law;
        Home secretary defends ID cards; Party leader launches election campaign;
        Councils face budget cuts, opposition says; Chancellor under pressure to raise public spending
        """,
    "sports": """
        Striker out for season with knee injury; England coach names squad for Six Nations;
        Champion wins through to quarter-finals; Late goal gives United victory in cup final;
        Sprinter banned after failed drugs test; Manager rejects talk of leaving club;
        Captain to miss match against France; Top seed beaten in first round;
        Wales beat Scotland in rugby test; Runner breaks world indoor record
        """,
    "tech": """
        Virus spreads by e-mail to Windows computers; Mobile phone users turn to music downloads;
        New games console goes on sale; Broadband users pass ten million;
        Browser update fixes security flaw; Search engine adds desktop tool;
        Hackers steal data from website; Software firm releases free program;
        Scientists build robot with wireless sensors; Digital cameras outsell film
        """,
}
headline_reader = make_pipeline(
    TfidfVectorizer(use_idf=False, stop_words="english"), MultinomialNB(alpha=0.3)
).fit(
    [headline for headlines in INVENTED.values() for headline in headlines.split(";")],
    [desk for desk, headlines in INVENTED.items() for _ in headlines.split(";")],
)
like_an_invented_headline = lw.classifier(
    "like_an_invented_headline", headline_reader, features="lead", threshold=0.5, space=space
)


DESKS = {
    "business": """
        company profits shares market bank economy growth sales prices investors oil trade takeover chief
        executive quarter analysts debt dollar rates industry jobs stock exchange euros firm deal costs
        """,
    "entertainment": """
        film actor actress star music band singer album song award oscar festival show comedy theatre director
        hollywood chart television drama musical audience role hit pop rock fans premiere stage critics
        """,
    "politics": """
        government minister labour conservative tory liberal democrat party election blair brown howard mps
        parliament lords commons home secretary law bill vote voters policy asylum immigration tax
        campaign leader
        """,
    "sports": """
        match game win cup final team coach player season club england ireland wales champion injury league
        goal try race title victory rugby football tennis olympic squad half captain play world points round
        """,
    "tech": """
        technology computer software internet online net web users mobile phone digital broadband games
        console microsoft pc virus spam security devices gadgets data network search download email video
        wireless research
        """,
}


@lw.labeling_function(space, batch=True, columns=["text"], resources={"desks": DESKS})
def nearest_desk(frame, desks):
    """Pick the desk whose thirty words, written down by hand, the article is most like, if one stands out."""
    counter = TfidfVectorizer(use_idf=False, sublinear_tf=True)
    described = counter.fit_transform(desks.values())
    likeness = (counter.transform(frame["text"]) @ described.T).toarray()
    second, best = np.sort(likeness, axis=1)[:, -2:].T
    return np.where(best - second > 0.2, likeness.argmax(axis=1), lw.ABSTAIN)
