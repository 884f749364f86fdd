import RLReports
import Testing

@Suite struct RankCorrelationTests {
  @Test func ranksCorrelate() {
    #expect(rankCorrelation([1, 2, 3, 4], [10, 20, 35, 99]) == 1)
    #expect(rankCorrelation([1, 2, 3, 4], [9, 8, 7, -6]) == -1)
    #expect(rankCorrelation([1, 1, 1], [1, 2, 3]) == nil)
    // scipy.stats.spearmanr([1, 2, 2, 5, 3], [3, 1, 4, 4, 2])
    let tied = rankCorrelation([1, 2, 2, 5, 3], [3, 1, 4, 4, 2]) ?? .nan
    #expect(abs(tied - 0.23684210526315794) < 1e-12)
  }
}
