package import Foundation
package import FoundationXML

/// A page or picture, read as XML.
package final class MarkupReader: NSObject, XMLParserDelegate {
  package struct Element {
    package var name: String
    package var attributes: [String: String]
    /// The words in it, with those of the elements in it.
    package var text = ""
    /// The size of the chart that it is in.
    package var size: (width: Double, height: Double)?
    /// The left upper corner of that chart.
    package var origin = (x: 0.0, y: 0.0)

    package func has(_ name: String) -> Bool {
      attributes["class"]?.split(separator: " ").contains { $0 == name } ?? false
    }
  }

  package private(set) var elements: [Element] = []
  private var open: [Int] = []
  private var problem: String?

  /// - Throws: What is wrong with the markup.
  package init(_ text: String) throws {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    let isWellFormed = parser.parse()
    guard isWellFormed, problem == nil else {
      throw Malformed(
        description:
          "\(problem ?? "malformed"), line \(parser.lineNumber) of \(text.prefix(200))")
    }
  }

  package struct Malformed: Error { package var description: String }

  package func named(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  /// Every coordinate of the shapes, and whether it is on its chart.
  package var coordinates: [(value: Double, isInside: Bool)] {
    elements.flatMap { element -> [(Double, Bool)] in
      guard let size = element.size else { return [] }
      func place(_ text: Substring, _ isX: Bool) -> (Double, Bool) {
        let value = Double(text) ?? .nan
        let start = isX ? element.origin.x : element.origin.y
        let length = isX ? size.width : size.height
        return (value, value >= start - 12 && value <= start + length + 12)
      }
      var result: [(Double, Bool)] = []
      for (name, isX) in [("x", true), ("y", false), ("cx", true), ("cy", false)] {
        if let text = element.attributes[name] { result.append(place(text[...], isX)) }
      }
      for pair in element.attributes["points"]?.split(separator: " ") ?? [] {
        let parts = pair.split(separator: ",")
        result += [place(parts[0], true), place(parts[1], false)]
      }
      return result
    }
  }

  // MARK: XMLParserDelegate

  package func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    var element = Element(name: name, attributes: attributes)
    element.size = open.last.flatMap { elements[$0].size }
    element.origin = open.last.map { elements[$0].origin } ?? (0, 0)
    if name == "svg", let box = attributes["viewBox"]?.split(separator: " ").map({ Double($0) }),
      box.count == 4
    {
      element.origin = (box[0] ?? .nan, box[1] ?? .nan)
      element.size = (box[2] ?? .nan, box[3] ?? .nan)
    }
    open.append(elements.count)
    elements.append(element)
  }

  package func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }

  package func parser(_ parser: XMLParser, foundCharacters text: String) {
    for i in open { elements[i].text += text }
  }

  package func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    problem = "\(error)"
  }
}
