// Empty without the trait Box2D, so that nothing else needs Box2D's headers or library.
#ifdef RLGYM_BOX2D

#include "CBox2D.h"

#include <box2d/box2d.h>

#include <new>
#include <vector>

namespace {

/// What the contact listener keeps of a body.
struct Touch {
  bool isTouching = false;
  bool hasTouched = false;
};

b2Vec2 vector(Box2DVector v) { return b2Vec2(v.x, v.y); }

}  // namespace

struct Box2DWorld : b2ContactListener {
  b2World world;
  std::vector<b2Body *> bodies;
  std::vector<Touch> touches;

  explicit Box2DWorld(Box2DVector gravity) : world(vector(gravity)) {
    world.SetContactListener(this);
  }

  int32_t add(const b2BodyDef &definition) {
    b2Body *body = world.CreateBody(&definition);
    body->GetUserData().pointer = bodies.size();
    bodies.push_back(body);
    touches.emplace_back();
    return static_cast<int32_t>(bodies.size()) - 1;
  }

  void add(int32_t body, const b2Shape &shape, Box2DMaterial material) {
    b2FixtureDef definition;
    definition.shape = &shape;
    definition.density = material.density;
    definition.friction = material.friction;
    definition.restitution = material.restitution;
    definition.filter.categoryBits = material.category;
    definition.filter.maskBits = material.mask;
    bodies[body]->CreateFixture(&definition);
  }

  Touch &touch(b2Fixture *fixture) {
    return touches[fixture->GetBody()->GetUserData().pointer];
  }

  void BeginContact(b2Contact *contact) override {
    for (b2Fixture *fixture : {contact->GetFixtureA(), contact->GetFixtureB()}) {
      touch(fixture) = {true, true};
    }
  }

  void EndContact(b2Contact *contact) override {
    for (b2Fixture *fixture : {contact->GetFixtureA(), contact->GetFixtureB()}) {
      touch(fixture).isTouching = false;
    }
  }
};

Box2DWorldRef box2d_world_create(Box2DVector gravity) {
  return new (std::nothrow) Box2DWorld(gravity);
}

void box2d_world_destroy(Box2DWorldRef world) { delete world; }

int32_t box2d_add_static_body(Box2DWorldRef world) { return world->add(b2BodyDef()); }

int32_t box2d_add_dynamic_body(Box2DWorldRef world, Box2DVector position, float angle) {
  b2BodyDef definition;
  definition.type = b2_dynamicBody;
  definition.position = vector(position);
  definition.angle = angle;
  return world->add(definition);
}

void box2d_add_edge(
  Box2DWorldRef world, int32_t body, Box2DVector from, Box2DVector to, Box2DMaterial material) {
  b2EdgeShape shape;
  shape.SetTwoSided(vector(from), vector(to));
  world->add(body, shape, material);
}

void box2d_add_polygon(
  Box2DWorldRef world, int32_t body, const Box2DVector *corners, int32_t count,
  Box2DMaterial material) {
  std::vector<b2Vec2> points;
  for (int32_t i = 0; i < count; ++i) points.push_back(vector(corners[i]));
  b2PolygonShape shape;
  shape.Set(points.data(), count);
  world->add(body, shape, material);
}

void box2d_add_rectangle(
  Box2DWorldRef world, int32_t body, float halfWidth, float halfHeight, Box2DMaterial material) {
  b2PolygonShape shape;
  shape.SetAsBox(halfWidth, halfHeight);
  world->add(body, shape, material);
}

void box2d_add_hinge(Box2DWorldRef world, Box2DHinge hinge) {
  b2RevoluteJointDef definition;
  definition.bodyA = world->bodies[hinge.first];
  definition.bodyB = world->bodies[hinge.second];
  definition.localAnchorA = vector(hinge.firstAnchor);
  definition.localAnchorB = vector(hinge.secondAnchor);
  definition.referenceAngle = hinge.referenceAngle;
  definition.enableLimit = true;
  definition.lowerAngle = hinge.lowerAngle;
  definition.upperAngle = hinge.upperAngle;
  definition.enableMotor = true;
  definition.motorSpeed = hinge.motorSpeed;
  definition.maxMotorTorque = hinge.maxMotorTorque;
  world->world.CreateJoint(&definition);
}

void box2d_apply_force(Box2DWorldRef world, int32_t body, Box2DVector force) {
  world->bodies[body]->ApplyForceToCenter(vector(force), true);
}

void box2d_apply_torque(Box2DWorldRef world, int32_t body, float torque) {
  world->bodies[body]->ApplyTorque(torque, true);
}

void box2d_apply_impulse(
  Box2DWorldRef world, int32_t body, Box2DVector impulse, Box2DVector point) {
  world->bodies[body]->ApplyLinearImpulse(vector(impulse), vector(point), true);
}

void box2d_step(
  Box2DWorldRef world, float seconds, int32_t velocityIterations, int32_t positionIterations) {
  world->world.Step(seconds, velocityIterations, positionIterations);
}

Box2DBody box2d_body(Box2DWorldRef world, int32_t index) {
  const b2Body *body = world->bodies[index];
  const Touch touch = world->touches[index];
  const b2Vec2 position = body->GetPosition();
  const b2Vec2 velocity = body->GetLinearVelocity();
  return Box2DBody{
    {position.x, position.y}, body->GetAngle(),  {velocity.x, velocity.y},
    body->GetAngularVelocity(), body->IsAwake(), touch.isTouching,
    touch.hasTouched};
}

#endif
